// Something that will be done: Wait returns once for each Complete, and at once for ever after
// CompleteAll.  Source of the idea: Linux kernel/sched/completion.c.
//
// Thread-safe; constant-initialised and trivially destructible.  After Complete only the address is
// used, so a waiter may free the memory.
// Cost: Complete and CompleteAll are a system call; Wait only if it has to wait.
#ifndef LOCKDEP_RAW_RAW_COMPLETION_H_
#define LOCKDEP_RAW_RAW_COMPLETION_H_

#include <atomic>
#include <cstdint>

#include "lockdep/raw/futex.h"

namespace lockdep {

class RawCompletion {
 public:
  constexpr RawCompletion() = default;
  RawCompletion(const RawCompletion&) = delete;
  RawCompletion& operator=(const RawCompletion&) = delete;

  // False if the deadline passed first.
  bool Wait(const Deadline* deadline = nullptr) {
    while (!TryWait()) {
      if (!FutexWait(done_, 0, deadline)) return TryWait();
    }
    return true;
  }
  // Without waiting.  Acquire pairs with the release of the completion that it consumes.
  bool TryWait() {
    std::uint32_t done = done_.load(std::memory_order_acquire);
    while (done != 0) {
      if (done == kForEver) return true;
      if (done_.compare_exchange_weak(done, done - 1, std::memory_order_acquire)) return true;
    }
    return false;
  }

  void Complete() {
    std::uint32_t done = done_.load(std::memory_order_relaxed);
    // One below kForEver it stays, so that counting never turns into CompleteAll.
    while (done < kForEver - 1 && !done_.compare_exchange_weak(done, done + 1, std::memory_order_release)) {
    }
    FutexWake(done_, 1);
  }
  void CompleteAll() {
    done_.store(kForEver, std::memory_order_release);
    FutexWakeAll(done_);
  }
  // Not done any more.  REQUIRES: nobody waits.
  void Reset() { done_.store(0, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kForEver = UINT32_MAX;
  std::atomic<std::uint32_t> done_{0};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_COMPLETION_H_
