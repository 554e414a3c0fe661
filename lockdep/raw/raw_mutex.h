// A mutex in four bytes.
//
// Three states: free, held, held and perhaps waited for.  Only the last one costs its unlock a
// system call.  Not fair: a running thread may overtake a woken one.
// Source: U. Drepper, "Futexes Are Tricky" (2011), the second mutex.
//
// Thread-safe; constant-initialised and trivially destructible.  After unlock() only the address
// is used, so the next owner may free the memory.
// Cost: lock and unlock are one atomic operation each where nobody else wants it.
#ifndef LOCKDEP_RAW_RAW_MUTEX_H_
#define LOCKDEP_RAW_RAW_MUTEX_H_

#include <atomic>
#include <cstdint>

#include "lockdep/annotations.h"
#include "lockdep/raw/futex.h"

namespace lockdep {

class LOCKDEP_CAPABILITY("mutex") RawMutex {
 public:
  constexpr RawMutex() = default;
  RawMutex(const RawMutex&) = delete;
  RawMutex& operator=(const RawMutex&) = delete;

  [[gnu::always_inline]] void lock() LOCKDEP_ACQUIRE() {
    if (__builtin_expect(!TakeIfFree(), 0)) LockSlow(nullptr);
  }
  [[gnu::always_inline]] bool try_lock() LOCKDEP_TRY_ACQUIRE(true) { return TakeIfFree(); }
  // False if the deadline passed first.
  bool try_lock_until(const Deadline& deadline) LOCKDEP_TRY_ACQUIRE(true) {
    return TakeIfFree() || LockSlow(&deadline);
  }

  // Whoever holds it.  Of a mutex that is free: no effect.
  [[gnu::always_inline]] void unlock() LOCKDEP_RELEASE() {
    // Release pairs with the acquire of the next owner's TakeIfFree or LockSlow.
    if (__builtin_expect(state_.exchange(kFree, std::memory_order_release) == kContended, 0)) FutexWake(state_, 1);
  }

  // Held by anybody, at some moment during the call.
  bool is_locked() const { return state_.load(std::memory_order_relaxed) != kFree; }

 private:
  static constexpr std::uint32_t kFree = 0, kHeld = 1, kContended = 2;

  [[gnu::always_inline]] bool TakeIfFree() {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // Who waited takes the mutex as contended, because others may wait still.
  [[gnu::noinline, gnu::cold]] bool LockSlow(const Deadline* deadline) {
    while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
      if (!FutexWait(state_, kContended, deadline)) return false;
    }
    return true;
  }

  std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_MUTEX_H_
