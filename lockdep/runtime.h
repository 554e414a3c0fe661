// The one validator of the process, which the wrappers feed; what becomes of its findings.
//
// It is made before the first static constructor that locks, and never destroyed, so locks work from
// static construction to the last static destructor.  In the child of a fork it goes on with what
// the parent had seen.
//
// What a wrapper does goes unseen (done raw, and counted as a lost event, so that no verdict rests
// on an absence) in three cases: in a signal handler that interrupted the validator on its own
// thread; in a SignalScope, for a lock or a thread that was never seen outside one; and in a thread
// after its end, that is in thread-specific destructors later than ours in the last round.
//
// The environment variable LOCKDEP_POLICY, one of report, abort, ignore, is the policy at start.  Any
// other value ends the program with a message and exit code 2.
//
// Thread-safe unless a function says otherwise.
#ifndef LOCKDEP_RUNTIME_H_
#define LOCKDEP_RUNTIME_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/checking.h"
#include "lockdep/finding.h"
#include "lockdep/this_thread.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

// What to do with a new finding that is not `false`, as soon as it is seen: on the thread that
// completed it, before that thread blocks, with the program's own locks held and none of ours.
enum class Policy {
  kReport,    // print it to standard error (the default)
  kAbort,     // print it and abort
  kCallback,  // call the handler
  kIgnore,    // only keep it for Findings()
};

#ifndef LOCKDEP_DISABLED

void SetPolicy(Policy policy);
// Calls `handler` from now on; the policy becomes kCallback.  The handler may take locks; findings
// that this completes are handed to it after it returned.
void SetFindingHandler(std::function<void(const Finding&)> handler);

// All findings so far, also the `false` ones.
std::vector<Finding> Findings();
// For counters, dependencies and notes.
Validator& ProcessValidator();

// The calling thread's role from now on, in place of "main", "foreign thread" or what lockdep::Thread
// gave it.  `single`: the caller asserts that at most one thread at a time has this role, which may
// prove findings false; where a second one claims it meanwhile, that is said on standard error and the
// claim is not believed.  REQUIRES: the thread holds no lock; otherwise a message and abort.
void SetThreadRole(std::string_view name, bool single);

// The memory is about to be freed or reused.  Locks in it end their lives; one that the calling
// thread holds is a finding.
void MemoryFreed(const void* memory, std::size_t size);

// A signal handler that takes locks opens one first.  What it locks is seen as locked by a handler,
// beside what the interrupted thread holds, and nothing is allocated: new chains are kept in a
// buffer of the thread and handed over at its next operation outside a handler.
// Thread-confined; nests.  Async-signal-safe.
class SignalScope {
 public:
  SignalScope();
  ~SignalScope();
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  enum class View : unsigned char {
    kSeen,
    kUnseen,  // the handler interrupted the validator, or the thread has no state
    kHidden,  // no room to look without allocation
  };
  View view_;
};

#else  // LOCKDEP_DISABLED

inline void SetPolicy(Policy) {}
inline void SetFindingHandler(const std::function<void(const Finding&)>&) {}
inline std::vector<Finding> Findings() { return {}; }
inline void SetThreadRole(std::string_view, bool) {}
inline void MemoryFreed(const void*, std::size_t) {}
class SignalScope {
 public:
  SignalScope() {}   // NOLINT: a user-provided constructor, so that no compiler calls it unused
  ~SignalScope() {}  // NOLINT
};

#endif  // LOCKDEP_DISABLED

// The lock belongs to another class from now on, held or not.  (Kernel: lockdep_set_class.)
// REQUIRES: no other thread uses it meanwhile.
template <class Lock, class Class>
void SetClass(Lock& lock, Class& lock_class, unsigned subclass = 0) {
  lock.lock_map().SetClass(lock_class, subclass, LOCKDEP_SITE());
}

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_RUNTIME_H_
