// A mutex whose lock order is validated.  Meets Lockable and TimedLockable, so std::lock_guard,
// scoped_lock, unique_lock and condition_variable_any take it.
//
// A finding never changes what lock() does: it neither throws nor refuses.  Not recursive, not fair.
//
// Thread-safe.  See lock_map.h for size and cost.
#ifndef LOCKDEP_MUTEX_H_
#define LOCKDEP_MUTEX_H_

#include <chrono>

#include "lockdep/lock_map.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_mutex.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class LOCKDEP_CAPABILITY("mutex") Mutex : public MappedLock<RawMutex, LockType::kMutex> {
 public:
  LOCKDEP_CONSTRUCTORS(Mutex, MappedLock)

  LOCKDEP_HOT void lock() LOCKDEP_ACQUIRE() { Lock(0, nullptr, LOCKDEP_SITE()); }
  // One of several locks of its class that are taken in a known order: parent 0, child 1, ... 7.
  LOCKDEP_HOT void lock_nested(unsigned subclass) LOCKDEP_ACQUIRE() { Lock(subclass, nullptr, LOCKDEP_SITE()); }
  // One of several locks of its class that are only taken together under `outer`.
  template <class Outer>
  LOCKDEP_HOT void lock_nest(const Outer& outer) LOCKDEP_ACQUIRE() {
    Lock(0, &outer.lock_map(), LOCKDEP_SITE());
  }
  LOCKDEP_HOT bool try_lock() LOCKDEP_TRY_ACQUIRE(true) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.TryAcquire(How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_SITE(), [this] { return raw_.try_lock(); });
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
    map_.Release([this] { raw_.unlock(); });
  }

  // Prints what is held and aborts if the calling thread does not hold it.
  void AssertHeld() const LOCKDEP_ASSERT_CAPABILITY(this) { map_.AssertHeld(); }

 private:
  LOCKDEP_HOT void Lock(unsigned subclass, const LockMap* nest, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking, subclass), site, nest, [this] {
      raw_.lock();
      return true;
    });
  }
  LOCKDEP_HOT bool TimedLock(const Deadline& deadline, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.Acquire(How::Of(Mode::kExclusive, Kind::kTimed), site, nullptr,
                        [&] { return raw_.try_lock_until(deadline); });
  }
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_MUTEX_H_
