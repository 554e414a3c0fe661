// The return addresses of the calling thread, by its unwind tables.
//
// Allocates nothing and takes no lock of the program: libgcc since 12 finds the tables without one where glibc is 2.35
// or later; before, the loader's.
#ifndef LOCKDEP_PRELOAD_STACK_H_
#define LOCKDEP_PRELOAD_STACK_H_

#include <cstddef>
#include <cstdint>

namespace lockdep::preload {

inline constexpr std::size_t kFramesMax = 32;

struct Stack {
  std::size_t count = 0;
  std::uint64_t frames[kFramesMax];  // innermost first
};

// From `site` on, which is the return address of a function of ours that is on the stack; `site` alone if it is not
// found, or where the stack is one for signals with little room.  The files that they lie in are known afterwards (loader_looks.h).  About a microsecond.  REQUIRES: the
// recorder's lock is not held.
void WalkStack(std::uintptr_t site, Stack& stack);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_STACK_H_
