// Waiting on a 32-bit word in the kernel: futex(2), private to the process.
//
// Thread-safe.  Async-signal-safe; errno is left as it was.  Cost: one system call each.
#ifndef LOCKDEP_RAW_FUTEX_H_
#define LOCKDEP_RAW_FUTEX_H_

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

#include "lockdep/raw/deadline.h"

namespace lockdep {

inline constexpr std::uint32_t kFutexAnyone = FUTEX_BITSET_MATCH_ANY;
// Where readers and writers of a lock sleep on one word, or must be told apart from outside (blocked_threads.h).
inline constexpr std::uint32_t kFutexAWriter = 1, kFutexAReader = 2;

// Sleeps while `word` is `expected`, until a FutexWake whose bits share one with `bits`.  May
// return at any time.  False only if `deadline` has passed.
inline bool FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                      const Deadline* deadline = nullptr, std::uint32_t bits = kFutexAnyone) {
  static_assert(sizeof(word) == sizeof(std::uint32_t));
  const int saved_errno = errno;
  const bool realtime = deadline != nullptr && deadline->clock == CLOCK_REALTIME;
  const int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | (realtime ? FUTEX_CLOCK_REALTIME : 0);
  const long result =
      syscall(SYS_futex, &word, operation, expected, deadline == nullptr ? nullptr : &deadline->at, nullptr, bits);
  const bool timed_out = result == -1 && errno == ETIMEDOUT;
  errno = saved_errno;
  return !timed_out;
}

// Wakes at most `count` threads that wait on the word.  Only its address is used: the memory may be
// gone already, then somebody else is woken for nothing or nobody is.
inline void FutexWake(const std::atomic<std::uint32_t>& word, int count, std::uint32_t bits = kFutexAnyone) {
  const int saved_errno = errno;
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, bits);
  errno = saved_errno;
}
inline void FutexWakeAll(const std::atomic<std::uint32_t>& word, std::uint32_t bits = kFutexAnyone) {
  FutexWake(word, INT_MAX, bits);
}

}  // namespace lockdep

#endif  // LOCKDEP_RAW_FUTEX_H_
