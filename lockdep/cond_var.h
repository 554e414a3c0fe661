// A condition variable for the locks of this directory, or any BasicLockable.
//
// To the validator a wait is a release, a wait for an event, and a blocking acquire: with another
// lock held, the re-acquisition is a dependency on the mutex like any other.
//
// Thread-safe.  Whoever notified all waiters may destroy it.  Wakes may be spurious.
// Cost: notify_one and notify_all are one system call each, also where nobody waits.
#ifndef LOCKDEP_COND_VAR_H_
#define LOCKDEP_COND_VAR_H_

#include <chrono>
#include <condition_variable>

#include "lockdep/lock_map.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_condition.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class CondVar {
 public:
#ifndef LOCKDEP_DISABLED
  constexpr explicit CondVar(const char* name = nullptr, Birth birth = Birth::Here())
      : map_(LockType::kCompletion, nullptr, name, birth) {}
  LOCKDEP_HOT ~CondVar() { map_.Destroyed(false); }
#else
  constexpr explicit CondVar(const char* = nullptr) {}
#endif
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // REQUIRES: the caller holds `lock`, exactly once.  (Not as an annotation: clang would refuse every
  // std::unique_lock, of which it does not know what it holds.)
  template <class Lock>
  LOCKDEP_HOT void wait(Lock& lock) {
    Sleep(lock, nullptr);
  }
  template <class Lock, class Predicate>
  LOCKDEP_HOT void wait(Lock& lock, Predicate predicate) {
    LockMap::NoteLook();
    while (!predicate()) Sleep(lock, nullptr);
  }
  template <class Lock, class Rep, class Period>
  LOCKDEP_HOT std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration) {
    const Deadline deadline = Deadline::In(duration);
    return Sleep(lock, &deadline);
  }
  template <class Lock, class Rep, class Period, class Predicate>
  LOCKDEP_HOT bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration, Predicate predicate) {
    return SleepUntil(lock, Deadline::In(duration), predicate);
  }
  template <class Lock, class Clock, class Duration>
  LOCKDEP_HOT std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& time) {
    const Deadline deadline = Deadline::At(time);
    return Sleep(lock, &deadline);
  }
  template <class Lock, class Clock, class Duration, class Predicate>
  LOCKDEP_HOT bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& time, Predicate predicate) {
    return SleepUntil(lock, Deadline::At(time), predicate);
  }

  LOCKDEP_HOT void notify_one() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      scheduler->Notify(map_, false, LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
#endif
    raw_.notify_one();
  }
  LOCKDEP_HOT void notify_all() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      scheduler->Notify(map_, true, LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
#endif
    raw_.notify_all();
  }

 private:
  template <class Lock>
  LOCKDEP_HOT std::cv_status Sleep(Lock& lock, const Deadline* deadline) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      const Scheduler::Bed bed = scheduler->PrepareSleep(map_);
      lock.unlock();
      const bool woken = scheduler->Sleep(bed, deadline != nullptr, LOCKDEP_SITE());
      lock.lock();
      return woken ? std::cv_status::no_timeout : std::cv_status::timeout;
    }
#endif
    const LockId event = map_.Event();
    const std::uint32_t ticket = raw_.Ticket();
    lock.unlock();
    // From here on a notifier may destroy this object: only its address and `event` are used.
    LockMap::NoteWait(event, LOCKDEP_SITE());
    const bool in_time = raw_.Sleep(ticket, deadline);
    lock.lock();
    return in_time ? std::cv_status::no_timeout : std::cv_status::timeout;
  }
  template <class Lock, class Predicate>
  LOCKDEP_HOT bool SleepUntil(Lock& lock, const Deadline& deadline, Predicate& predicate) {
    LockMap::NoteLook();
    while (!predicate()) {
      if (Sleep(lock, &deadline) == std::cv_status::timeout) return predicate();
    }
    return true;
  }

  RawCondition raw_;
  [[no_unique_address]] LockMap map_;
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_COND_VAR_H_
