// A readers-writer lock in four bytes, in two flavours.
//
//   RawRwSem   a waiting writer blocks new readers, so a thread must not read-lock twice;
//   RawRwLock  readers are only blocked by a writer that holds it, so reads may nest, and
//              writers may starve.
// Why not pthread_rwlock: POSIX leaves open which of both it is.
//
// Not fair among writers.  An unlock without a lock has no effect.  Limits: kReadersMax readers at a
// time and kWaitingWritersMax registered waiting writers; who comes after them tries again and again,
// yielding the processor.
//
// Thread-safe; constant-initialised and trivially destructible.  After an unlock only the address
// is used, so the next owner may free the memory.
// Cost: each operation is one atomic operation where nobody waits; readers share a cache line.
//
// Invariants of the state word:
//   (1) not both the writer bit and a reader count;
//   (2) whenever nobody holds it, each registered waiter has been woken or sees a changed word
//       before it sleeps: only the word itself is slept on.
#ifndef LOCKDEP_RAW_RAW_RW_LOCK_H_
#define LOCKDEP_RAW_RAW_RW_LOCK_H_

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "lockdep/annotations.h"
#include "lockdep/raw/futex.h"

namespace lockdep {

enum class RwPreference { kWaitingWriters, kReaders };

template <RwPreference preference>
class LOCKDEP_CAPABILITY("rwlock") BasicRawRwLock {
 public:
  static constexpr std::uint32_t kReadersMax = (1U << 18) - 1;
  static constexpr std::uint32_t kWaitingWritersMax = (1U << 12) - 1;

  constexpr BasicRawRwLock() = default;
  BasicRawRwLock(const BasicRawRwLock&) = delete;
  BasicRawRwLock& operator=(const BasicRawRwLock&) = delete;

  [[gnu::always_inline]] void lock() LOCKDEP_ACQUIRE() {
    if (__builtin_expect(!TakeIfIdle(), 0)) LockSlow(nullptr);
  }
  bool try_lock() LOCKDEP_TRY_ACQUIRE(true) {
    State s = state_.load(std::memory_order_relaxed);
    while ((s & kHeld) == 0) {
      if (state_.compare_exchange_weak(s, s | kWriter, std::memory_order_acquire)) return true;
    }
    return false;
  }
  bool try_lock_until(const Deadline& deadline) LOCKDEP_TRY_ACQUIRE(true) {
    return TakeIfIdle() || LockSlow(&deadline);
  }
  // False if no writer held it.
  [[gnu::always_inline]] bool unlock() LOCKDEP_RELEASE() {
    State s = kWriter;
    if (__builtin_expect(state_.compare_exchange_strong(s, 0, std::memory_order_release), 1)) return true;
    return UnlockSlow();
  }

  [[gnu::always_inline]] void lock_shared() LOCKDEP_ACQUIRE_SHARED() {
    if (__builtin_expect(!JoinIfQuiet(), 0)) LockSharedSlow(nullptr);
  }
  bool try_lock_shared() LOCKDEP_TRY_ACQUIRE_SHARED(true) {
    State s = state_.load(std::memory_order_relaxed);
    while (MayJoin(s)) {
      if (state_.compare_exchange_weak(s, s + 1, std::memory_order_acquire)) return true;
    }
    return false;
  }
  bool try_lock_shared_until(const Deadline& deadline) LOCKDEP_TRY_ACQUIRE_SHARED(true) {
    return JoinIfQuiet() || LockSharedSlow(&deadline);
  }
  // False if no reader held it.
  [[gnu::always_inline]] bool unlock_shared() LOCKDEP_RELEASE_SHARED() {
    State s = state_.load(std::memory_order_relaxed);
    if (__builtin_expect(s - 1 < kReaders, 1) &&
        __builtin_expect(state_.compare_exchange_strong(s, s - 1, std::memory_order_release), 1)) {
      return true;
    }
    return UnlockSharedSlow();
  }

  // The writer becomes a reader without letting another writer in.  False if no writer held it.
  bool downgrade() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return Leave([](State s) { return (s & kWriter) != 0; }, [](State s) { return s - kWriter + 1; });
  }

  // Held by anybody, or exclusively by anybody, at some moment during the call.
  bool is_locked() const { return (state_.load(std::memory_order_relaxed) & kHeld) != 0; }
  bool is_locked_exclusively() const { return (state_.load(std::memory_order_relaxed) & kWriter) != 0; }

 private:
  using State = std::uint32_t;
  // From the low end: readers, the writer, whether readers sleep, how many writers wait.  So a state
  // below kReaders means: no writer of any sort, nobody sleeps, room for one more reader.
  static constexpr State kReaders = kReadersMax;
  static constexpr State kWriter = 1U << 18;
  static constexpr State kReadersSleep = 1U << 19;
  static constexpr State kOneWaitingWriter = 1U << 20;
  static constexpr State kWaitingWriters = kWaitingWritersMax << 20;
  static constexpr State kHeld = kReaders | kWriter;
  // Who sleeps on the word, as futex bits.
  static constexpr std::uint32_t kAWriter = kFutexAWriter, kAReader = kFutexAReader;

  static constexpr bool MayJoin(State s) {
    if ((s & kWriter) != 0 || (s & kReaders) == kReaders) return false;
    return preference == RwPreference::kReaders || (s & kWaitingWriters) == 0;
  }

  // Each acquire pairs with the release of the unlock that made the state so.
  [[gnu::always_inline]] bool TakeIfIdle() {
    State s = 0;
    return state_.compare_exchange_strong(s, kWriter, std::memory_order_acquire, std::memory_order_relaxed);
  }
  [[gnu::always_inline]] bool JoinIfQuiet() {
    State s = state_.load(std::memory_order_relaxed);
    return s < kReaders &&
           state_.compare_exchange_strong(s, s + 1, std::memory_order_acquire, std::memory_order_relaxed);
  }

  [[gnu::noinline, gnu::cold]] bool LockSlow(const Deadline* deadline) {
    bool registered = false;
    State s = state_.load(std::memory_order_relaxed);
    for (;;) {
      if ((s & kHeld) == 0) {
        const State taken = (s | kWriter) - (registered ? kOneWaitingWriter : 0);
        if (state_.compare_exchange_weak(s, taken, std::memory_order_acquire, std::memory_order_relaxed)) return true;
        continue;
      }
      if (!registered) {
        if ((s & kWaitingWriters) == kWaitingWriters) {
          sched_yield();
          s = state_.load(std::memory_order_relaxed);
          continue;
        }
        if (!state_.compare_exchange_weak(s, s + kOneWaitingWriter, std::memory_order_relaxed)) continue;
        s += kOneWaitingWriter;
        registered = true;
      }
      if (!FutexWait(state_, s, deadline, kAWriter)) {
        Leave([](State) { return true; }, [](State now) { return now - kOneWaitingWriter; });
        return false;
      }
      s = state_.load(std::memory_order_relaxed);
    }
  }

  [[gnu::noinline, gnu::cold]] bool LockSharedSlow(const Deadline* deadline) {
    State s = state_.load(std::memory_order_relaxed);
    for (;;) {
      if (MayJoin(s)) {
        if (state_.compare_exchange_weak(s, s + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
        continue;
      }
      if ((s & kReaders) == kReaders) {
        sched_yield();
        s = state_.load(std::memory_order_relaxed);
        continue;
      }
      if ((s & kReadersSleep) == 0) {
        if (!state_.compare_exchange_weak(s, s | kReadersSleep, std::memory_order_relaxed)) continue;
        s |= kReadersSleep;
      }
      if (!FutexWait(state_, s, deadline, kAReader)) return false;
      s = state_.load(std::memory_order_relaxed);
    }
  }

  [[gnu::noinline, gnu::cold]] bool UnlockSlow() {
    return Leave([](State s) { return (s & kWriter) != 0; }, [](State s) { return s - kWriter; });
  }
  [[gnu::noinline, gnu::cold]] bool UnlockSharedSlow() {
    return Leave([](State s) { return (s & kReaders) != 0; }, [](State s) { return s - 1; });
  }

  // Changes the state by `after`, if `allowed`, and wakes those who may go on now.  What to wake is
  // decided in the same atomic step, because afterwards the memory may be gone.
  template <class Allowed, class After>
  bool Leave(Allowed allowed, After after) {
    State s = state_.load(std::memory_order_relaxed);
    for (;;) {
      if (!allowed(s)) return false;
      State next = after(s);
      const bool wake_readers = (next & kReadersSleep) != 0 && MayJoin(next);
      // Also beside readers: those may all have given up, and nobody else would wake the writer.
      const bool wake_writer = (next & kWaitingWriters) != 0 && (next & kHeld) == 0;
      if (wake_readers) next &= ~kReadersSleep;
      if (!state_.compare_exchange_weak(s, next, std::memory_order_release, std::memory_order_relaxed)) continue;
      if (wake_readers) FutexWakeAll(state_, kAReader);
      if (wake_writer) FutexWake(state_, 1, kAWriter);
      return true;
    }
  }

  std::atomic<State> state_{0};
};

using RawRwSem = BasicRawRwLock<RwPreference::kWaitingWriters>;
using RawRwLock = BasicRawRwLock<RwPreference::kReaders>;

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_RW_LOCK_H_
