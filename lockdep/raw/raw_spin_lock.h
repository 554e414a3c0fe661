// A spin lock: waits by looking, not by sleeping.
//
// After kSpins looks it yields the processor between looks, because in user space the holder may be
// the one that needs it.
//
// Thread-safe; constant-initialised and trivially destructible.
// Cost: lock is one atomic operation where nobody else wants it, unlock one store.
#ifndef LOCKDEP_RAW_RAW_SPIN_LOCK_H_
#define LOCKDEP_RAW_RAW_SPIN_LOCK_H_

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "lockdep/annotations.h"

namespace lockdep {

class LOCKDEP_CAPABILITY("spin lock") RawSpinLock {
 public:
  constexpr RawSpinLock() = default;
  RawSpinLock(const RawSpinLock&) = delete;
  RawSpinLock& operator=(const RawSpinLock&) = delete;

  [[gnu::always_inline]] void lock() LOCKDEP_ACQUIRE() {
    if (__builtin_expect(!Take(), 0)) LockSlow();
  }
  [[gnu::always_inline]] bool try_lock() LOCKDEP_TRY_ACQUIRE(true) { return !is_locked() && Take(); }
  // Whoever holds it.  Release pairs with the acquire in Take.
  [[gnu::always_inline]] void unlock() LOCKDEP_RELEASE() { held_.store(0, std::memory_order_release); }

  // Held by anybody, at some moment during the call.
  bool is_locked() const { return held_.load(std::memory_order_relaxed) != 0; }

 private:
  // A few microseconds: longer than a critical section that deserves a spin lock.
  static constexpr int kSpins = 1000;

  [[gnu::always_inline]] bool Take() { return held_.exchange(1, std::memory_order_acquire) == 0; }

  [[gnu::noinline, gnu::cold]] void LockSlow() {
    do {
      for (int spins = 0; is_locked(); ++spins) {
        if (spins < kSpins) {
          Pause();
        } else {
          sched_yield();
        }
      }
    } while (!Take());
  }

  static void Pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<std::uint32_t> held_{0};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_SPIN_LOCK_H_
