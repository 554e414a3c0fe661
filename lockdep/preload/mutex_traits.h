// What a pthread mutex says of itself, in the memory of glibc's: its type, its attributes, who owns it.
#ifndef LOCKDEP_PRELOAD_MUTEX_TRAITS_H_
#define LOCKDEP_PRELOAD_MUTEX_TRAITS_H_

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "lockdep/preload/lock_table.h"

namespace lockdep::preload {

// Bits of __kind (glibc, sysdeps/nptl/pthreadP.h); the lowest two are the type.
inline LockTraits TraitsOf(const pthread_mutex_t& mutex) {
  constexpr int kRobust = 16;
  constexpr int kInherit = 32;
  constexpr int kProtect = 64;
  constexpr int kShared = 128;
  const int kind = mutex.__data.__kind;
  LockTraits traits;
  switch (kind & 3) {
    case PTHREAD_MUTEX_RECURSIVE:
      traits.type = LockType::kRecursiveMutex;
      traits.recursive = true;
      traits.knows_holder = true;
      break;
    case PTHREAD_MUTEX_ERRORCHECK: traits.knows_holder = true; break;
    default: break;
  }
  if ((kind & kRobust) != 0) {
    traits.flags |= recording::LockRecord::kRobust;
    traits.never_tried = true;  // one that cannot be recovered stays locked by a try
  }
  if ((kind & (kInherit | kProtect)) != 0) traits.flags |= recording::LockRecord::kPriority;
  if ((kind & kShared) != 0) traits.flags |= recording::LockRecord::kShared;
  return traits;
}

// Whether a wait with such a time may be tried first: a wrong one is refused, though the lock may be free.
inline bool IsGoodTime(clockid_t clock, const timespec* until) {
  return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && until != nullptr && until->tv_nsec >= 0 &&
         until->tv_nsec < 1'000'000'000;
}

inline bool OwnedByThisThread(const pthread_mutex_t& mutex) {
  return mutex.__data.__owner == static_cast<int>(syscall(SYS_gettid));
}

inline std::uintptr_t AddressOf(const volatile void* lock) { return reinterpret_cast<std::uintptr_t>(lock); }

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_MUTEX_TRAITS_H_
