// The return addresses of the calling thread.
//
// Thread-safe.  Cost: a few hundred nanoseconds to microseconds; takes no lock and allocates nothing but
// the result (glibc >= 2.35 with libgcc >= 12 find unwind tables without a lock).
#ifndef LOCKDEP_STACK_WALK_H_
#define LOCKDEP_STACK_WALK_H_

#include <cstdint>
#include <vector>

#include "lockdep/held_locks.h"

namespace lockdep {

// `site` and the return addresses around it, innermost first, at most kStackFramesMax.  `caller`: the
// return address of the first function of ours below `site`; frames down to it are left out.
inline constexpr int kStackFramesMax = 32;
std::vector<std::uintptr_t> StackFrom(Site site, std::uintptr_t caller);

}  // namespace lockdep

#endif  // LOCKDEP_STACK_WALK_H_
