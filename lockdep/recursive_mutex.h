// A mutex that its owner may lock again, with validated lock order.  Meets Lockable and
// TimedLockable.  Only the first acquisition and the last release are events: what lies between
// can block nobody.
//
// Without thread-safety annotations: clang 14 takes a second lock by the owner for an error.
//
// Thread-safe.  See lock_map.h for size and cost.
#ifndef LOCKDEP_RECURSIVE_MUTEX_H_
#define LOCKDEP_RECURSIVE_MUTEX_H_

#include <chrono>

#include "lockdep/lock_map.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_recursive_mutex.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class RecursiveMutex : public MappedLock<RawRecursiveMutex, LockType::kRecursiveMutex> {
 public:
  LOCKDEP_CONSTRUCTORS(RecursiveMutex, MappedLock)

  LOCKDEP_HOT void lock() { Lock(0, nullptr, LOCKDEP_SITE()); }
  // As in Mutex.
  LOCKDEP_HOT void lock_nested(unsigned subclass) { Lock(subclass, nullptr, LOCKDEP_SITE()); }
  template <class Outer>
  LOCKDEP_HOT void lock_nest(const Outer& outer) {
    Lock(0, &outer.lock_map(), LOCKDEP_SITE());
  }
  LOCKDEP_HOT bool try_lock() {
    if (raw_.IsMine()) return raw_.LockAgain();
    return map_.TryAcquire(How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_SITE(),
                           [this] { return raw_.TryLockFirst(); });
  }
  template <class Rep, class Period>
  LOCKDEP_HOT bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return TimedLock(Deadline::In(duration), LOCKDEP_SITE());
  }
  template <class Clock, class Duration>
  LOCKDEP_HOT bool try_lock_until(const std::chrono::time_point<Clock, Duration>& time) {
    return TimedLock(Deadline::At(time), LOCKDEP_SITE());
  }
  LOCKDEP_HOT void unlock() {
    if (__builtin_expect(raw_.IsMine(), 1) && raw_.count() == 1) {
      map_.Release([this] { raw_.UnlockLast(); });
    } else if (raw_.IsMine()) {
      raw_.unlock();
    } else {
      map_.Release([] {});  // not the owner's unlock: reported, and without effect
    }
  }

  // Prints what is held and aborts if the calling thread does not hold it.
  void AssertHeld() const { map_.AssertHeld(); }

 private:
  LOCKDEP_HOT void Lock(unsigned subclass, const LockMap* nest, Site site) {
    if (raw_.IsMine()) {
      raw_.LockAgain();
      return;
    }
    map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking, subclass), site, nest, [this] {
      raw_.LockFirst();
      return true;
    });
  }
  LOCKDEP_HOT bool TimedLock(const Deadline& deadline, Site site) {
    if (raw_.IsMine()) return raw_.LockAgain();
    return map_.Acquire(How::Of(Mode::kExclusive, Kind::kTimed), site, nullptr,
                        [&] { return raw_.TryLockFirst(deadline); });
  }
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_RECURSIVE_MUTEX_H_
