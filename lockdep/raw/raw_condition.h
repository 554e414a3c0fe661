// A condition to wait for, without the mutex: who waits takes a ticket while it holds the mutex,
// unlocks, and then sleeps on the ticket.
//
// A notification between ticket and sleep ends the sleep at once.  Wakes may be spurious; 2^32
// notifications between ticket and sleep would be missed.
//
// Thread-safe; constant-initialised and trivially destructible.  Nothing is touched after the
// wake, so whoever notified all waiters may free the memory.
// Cost: Sleep, notify_one and notify_all are one system call each, also where nobody waits.
#ifndef LOCKDEP_RAW_RAW_CONDITION_H_
#define LOCKDEP_RAW_RAW_CONDITION_H_

#include <atomic>
#include <cstdint>

#include "lockdep/annotations.h"
#include "lockdep/raw/futex.h"

namespace lockdep {

class RawCondition {
 public:
  constexpr RawCondition() = default;
  RawCondition(const RawCondition&) = delete;
  RawCondition& operator=(const RawCondition&) = delete;

  // REQUIRES: the caller holds the mutex that guards what it waits for.
  std::uint32_t Ticket() const { return notifications_.load(std::memory_order_relaxed); }
  // False if the deadline passed first.  REQUIRES: the mutex is unlocked again.
  // No ordering of its own is needed: whoever changes the condition does so under the mutex.
  bool Sleep(std::uint32_t ticket, const Deadline* deadline = nullptr) const {
    return FutexWait(notifications_, ticket, deadline);
  }

  // Atomically unlocks and waits; locks again.  False if the deadline passed first.
  template <class Lock>
  bool Wait(Lock& lock, const Deadline* deadline = nullptr) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    const std::uint32_t ticket = Ticket();
    lock.unlock();
    const bool in_time = Sleep(ticket, deadline);
    lock.lock();
    return in_time;
  }

  void notify_one() {
    notifications_.fetch_add(1, std::memory_order_relaxed);
    FutexWake(notifications_, 1);
  }
  void notify_all() {
    notifications_.fetch_add(1, std::memory_order_relaxed);
    FutexWakeAll(notifications_);
  }

 private:
  std::atomic<std::uint32_t> notifications_{0};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_CONDITION_H_
