// A readers-writer lock in which a waiting writer blocks new readers, with validated lock order.
// Meets SharedLockable and SharedTimedLockable, so std::shared_lock and unique_lock take it.
//
// A thread must not read-lock it twice: a writer that queues between hangs both.
//
// Thread-safe.  See lock_map.h for size and cost.
#ifndef LOCKDEP_RW_SEM_H_
#define LOCKDEP_RW_SEM_H_

#include <chrono>

#include "lockdep/lock_map.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_rw_lock.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class LOCKDEP_CAPABILITY("RwSem") RwSem : public MappedLock<RawRwSem, LockType::kRwSem> {
 public:
  LOCKDEP_CONSTRUCTORS(RwSem, MappedLock)

  LOCKDEP_HOT void lock() LOCKDEP_ACQUIRE() { Lock(0, nullptr, LOCKDEP_SITE()); }
  // As in Mutex.
  LOCKDEP_HOT void lock_nested(unsigned subclass) LOCKDEP_ACQUIRE() { Lock(subclass, nullptr, LOCKDEP_SITE()); }
  template <class Outer>
  LOCKDEP_HOT void lock_nest(const Outer& outer) LOCKDEP_ACQUIRE() {
    Lock(0, &outer.lock_map(), LOCKDEP_SITE());
  }
  LOCKDEP_HOT bool try_lock() LOCKDEP_TRY_ACQUIRE(true) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.TryAcquire(How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_SITE(),
                           [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock(); });
  }
  template <class Rep, class Period>
  LOCKDEP_HOT bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) LOCKDEP_TRY_ACQUIRE(true) {
    return TimedLock(Deadline::In(duration), LOCKDEP_SITE());
  }
  template <class Clock, class Duration>
  LOCKDEP_HOT bool try_lock_until(const std::chrono::time_point<Clock, Duration>& time) LOCKDEP_TRY_ACQUIRE(true) {
    return TimedLock(Deadline::At(time), LOCKDEP_SITE());
  }
  LOCKDEP_HOT void unlock() LOCKDEP_RELEASE() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock(); });
  }

  LOCKDEP_HOT void lock_shared() LOCKDEP_ACQUIRE_SHARED() { LockShared(0, nullptr, LOCKDEP_SITE()); }
  LOCKDEP_HOT void lock_shared_nested(unsigned subclass) LOCKDEP_ACQUIRE_SHARED() {
    LockShared(subclass, nullptr, LOCKDEP_SITE());
  }
  template <class Outer>
  LOCKDEP_HOT void lock_shared_nest(const Outer& outer) LOCKDEP_ACQUIRE_SHARED() {
    LockShared(0, &outer.lock_map(), LOCKDEP_SITE());
  }
  LOCKDEP_HOT bool try_lock_shared() LOCKDEP_TRY_ACQUIRE_SHARED(true) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.TryAcquire(How::Of(Mode::kShared, Kind::kTrylock), LOCKDEP_SITE(),
                           [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock_shared(); });
  }
  template <class Rep, class Period>
  LOCKDEP_HOT bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration)
      LOCKDEP_TRY_ACQUIRE_SHARED(true) {
    return TimedLockShared(Deadline::In(duration), LOCKDEP_SITE());
  }
  template <class Clock, class Duration>
  LOCKDEP_HOT bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& time)
      LOCKDEP_TRY_ACQUIRE_SHARED(true) {
    return TimedLockShared(Deadline::At(time), LOCKDEP_SITE());
  }
  LOCKDEP_HOT void unlock_shared() LOCKDEP_RELEASE_SHARED() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock_shared(); });
  }

  // The writer becomes a reader; no other writer gets in between.  REQUIRES: held exclusively.
  LOCKDEP_HOT void downgrade() LOCKDEP_RELEASE() LOCKDEP_ACQUIRE_SHARED() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Downgrade(LOCKDEP_SITE(), [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.downgrade(); });
  }

  // Prints what is held and aborts if the calling thread does not hold it, or (AssertHeld) only shared.
  void AssertHeld() const LOCKDEP_ASSERT_CAPABILITY(this) { map_.AssertHeld(); }
  void AssertHeldShared() const LOCKDEP_ASSERT_SHARED_CAPABILITY(this) { map_.AssertHeldShared(); }

 private:
  LOCKDEP_HOT void Lock(unsigned subclass, const LockMap* nest, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking, subclass), site, nest,
                 [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
                   raw_.lock();
                   return true;
                 });
  }
  LOCKDEP_HOT void LockShared(unsigned subclass, const LockMap* nest, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Acquire(How::Of(Mode::kShared, Kind::kBlocking, subclass), site, nest,
                 [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
                   raw_.lock_shared();
                   return true;
                 });
  }
  LOCKDEP_HOT bool TimedLock(const Deadline& deadline, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.Acquire(How::Of(Mode::kExclusive, Kind::kTimed), site, nullptr,
                        [&]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock_until(deadline); });
  }
  LOCKDEP_HOT bool TimedLockShared(const Deadline& deadline, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.Acquire(How::Of(Mode::kShared, Kind::kTimed), site, nullptr,
                        [&]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock_shared_until(deadline); });
  }
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_RW_SEM_H_
