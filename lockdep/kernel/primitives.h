// The kernel's locking functions: what a trace that ends in one of them says about the acquisition.
//
// Sources: kernel/locking/ (mutex.c, rwsem.c, spinlock.c, percpu-rwsem.c), kernel/cpu.c, kernel/workqueue.c,
// fs/kernfs/dir.c, fs/super.c, mm/page_alloc.c, kernel/rcu/, net/core/sock.c and their older forms.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_PRIMITIVES_H_
#define LOCKDEP_KERNEL_PRIMITIVES_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "lockdep/acquisition.h"
#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

struct Primitive {
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  LockType type = LockType::kMutex;
  bool sync = false;  // waits for all sections instead of taking the lock
};

// What the function of that name does, where it is known.
std::optional<Primitive> PrimitiveOf(std::string_view function);

// From the innermost frames: the validator's own functions, then the primitive.  Nothing if the first
// function behind the validator's is not known.
std::optional<Primitive> PrimitiveOf(const Trace& trace);

// The first frame that is neither the validator's nor a primitive: who takes the lock.  trace.size() if none.
std::size_t CallSite(const Trace& trace);
// The first frame that is not the validator's.
std::size_t FirstOutsideValidator(const Trace& trace);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_PRIMITIVES_H_
