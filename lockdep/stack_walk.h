// The return addresses of the calling thread.
//
// Thread-safe.  Cost: a few hundred nanoseconds to microseconds; takes no lock and allocates nothing but
// the result (glibc >= 2.35 with libgcc >= 12 find unwind tables without a lock).
#ifndef LOCKDEP_STACK_WALK_H_
#define LOCKDEP_STACK_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lockdep/held_locks.h"

namespace lockdep {

inline constexpr int kStackFramesMax = 32;

// The return addresses of the calling thread, innermost first, those of our own functions among them.
struct ReturnAddresses {
  std::array<std::uintptr_t, kStackFramesMax + 16> pcs;
  std::size_t count = 0;

  const std::uintptr_t* begin() const { return pcs.data(); }
  const std::uintptr_t* end() const { return pcs.data() + count; }
};
ReturnAddresses WalkStack();

// `site` and the return addresses around it, innermost first, at most kStackFramesMax.  `caller`: the
// return address of the first function of ours below `site`; frames down to it are left out.
std::vector<std::uintptr_t> StackFrom(Site site, std::uintptr_t caller);

}  // namespace lockdep

#endif  // LOCKDEP_STACK_WALK_H_
