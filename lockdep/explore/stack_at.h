// The return addresses of the running fiber, as a program sees them.
//
// Thread-safe.  Cost: microseconds.
#ifndef LOCKDEP_EXPLORE_STACK_AT_H_
#define LOCKDEP_EXPLORE_STACK_AT_H_

#include <cstdint>
#include <vector>

#include "lockdep/held_locks.h"  // Site

namespace lockdep::explore {

// Where the running thread came into the scheduler.
struct Caller {
  std::uintptr_t return_address = 0;
  bool from_lock_map = false;  // one of its functions is between the program and the scheduler
};

// `site`, and the callers of the function that it is in; innermost first.
std::vector<std::uintptr_t> StackAt(Site site, Caller caller);

}  // namespace lockdep::explore

// In a function that the program or LockMap calls: who does.
#define LOCKDEP_EXPLORE_CALLER(from_lock_map_) \
  (::lockdep::explore::Caller{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)), from_lock_map_})

#endif  // LOCKDEP_EXPLORE_STACK_AT_H_
