// A readers-writer lock for many readers and rare writers: readers of different processors touch
// different cache lines.
//
// A writer first announces itself, from then on new readers wait, and is granted the lock when the
// readers that were in have left.  So a thread must not read-lock twice.
// Source of the idea: Linux kernel/locking/percpu-rwsem.c; here the counters are atomic, so no
// grace period is needed.
//
// A read lock may be released by another thread or on another processor: only the sum of the
// counters counts.  REQUIRES: unlocks match locks.  REQUIRES for destruction: every unlock call has
// returned (a reader looks at the writer's word after it left).
// Thread-safe; constant-initialised and trivially destructible.  Size: one cache line per slot.
// Cost: reader two atomic operations a pair on a line of its processor; writer proportional to the
// number of slots.
#ifndef LOCKDEP_RAW_RAW_PERCPU_RW_SEM_H_
#define LOCKDEP_RAW_RAW_PERCPU_RW_SEM_H_

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lockdep/raw/raw_mutex.h"

namespace lockdep {

class LOCKDEP_CAPABILITY("percpu rwsem") RawPercpuRwSem {
 public:
  constexpr RawPercpuRwSem() = default;
  RawPercpuRwSem(const RawPercpuRwSem&) = delete;
  RawPercpuRwSem& operator=(const RawPercpuRwSem&) = delete;

  void lock() LOCKDEP_ACQUIRE() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    writers_.lock();
    Announce();
    for (;;) {
      const std::uint32_t departures = departures_.load(std::memory_order_seq_cst);
      if (Readers() == 0) return;
      FutexWait(departures_, departures);
    }
  }
  bool try_lock() LOCKDEP_TRY_ACQUIRE(true) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if (!writers_.try_lock()) return false;
    Announce();
    if (Readers() == 0) return true;
    Withdraw();
    return false;
  }
  // False if no writer held it or waits for it.
  bool unlock() LOCKDEP_RELEASE() {
    if (writer_.load(std::memory_order_relaxed) == 0) return false;
    Withdraw();
    return true;
  }

  [[gnu::always_inline]] void lock_shared() LOCKDEP_ACQUIRE_SHARED() {
    while (__builtin_expect(!Enter(), 0)) FutexWait(writer_, 1, nullptr, kFutexAReader);
  }
  [[gnu::always_inline]] bool try_lock_shared() LOCKDEP_TRY_ACQUIRE_SHARED(true) { return Enter(); }
  [[gnu::always_inline]] void unlock_shared() LOCKDEP_RELEASE_SHARED() { Depart(MySlot()); }

  // Held by anybody, at some moment during the call, or a writer waits.
  bool is_locked() const { return writers_.is_locked() || Readers() != 0; }

 private:
  // Beyond as many processors readers share lines.
  static constexpr std::size_t kSlots = 16;
  struct alignas(64) Slot {
    std::atomic<std::uint32_t> readers{0};
  };

  std::atomic<std::uint32_t>& MySlot() { return slots_[static_cast<unsigned>(sched_getcpu()) % kSlots].readers; }

  // Sequential consistency orders "count myself, then look for a writer" against the writer's
  // "announce myself, then look for readers": one of both sees the other.
  bool Enter() {
    std::atomic<std::uint32_t>& slot = MySlot();
    slot.fetch_add(1, std::memory_order_seq_cst);
    if (__builtin_expect(writer_.load(std::memory_order_seq_cst) == 0, 1)) return true;
    Depart(slot);
    return false;
  }
  void Depart(std::atomic<std::uint32_t>& slot) {
    slot.fetch_sub(1, std::memory_order_seq_cst);
    if (__builtin_expect(writer_.load(std::memory_order_seq_cst) != 0, 0)) {
      departures_.fetch_add(1, std::memory_order_seq_cst);
      FutexWakeAll(departures_);
    }
  }

  void Announce() { writer_.store(1, std::memory_order_seq_cst); }
  void Withdraw() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    writer_.store(0, std::memory_order_seq_cst);
    FutexWakeAll(writer_);
    writers_.unlock();
  }
  // Modulo 2^32, as single counters may be below zero.  A reader that was in when the writer
  // announced itself is counted in every later sum until it leaves; one that came after it may be
  // counted for a moment, so the sum can only be too high.
  std::uint32_t Readers() const {
    std::uint32_t sum = 0;
    for (const Slot& slot : slots_) sum += slot.readers.load(std::memory_order_seq_cst);
    return sum;
  }

  Slot slots_[kSlots];
  alignas(64) RawMutex writers_;
  std::atomic<std::uint32_t> writer_{0};
  std::atomic<std::uint32_t> departures_{0};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_PERCPU_RW_SEM_H_
