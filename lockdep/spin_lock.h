// A spin lock whose lock order is validated.  Meets Lockable.
//
// Thread-safe.  See lock_map.h for size and cost.
#ifndef LOCKDEP_SPIN_LOCK_H_
#define LOCKDEP_SPIN_LOCK_H_

#include "lockdep/lock_map.h"
#include "lockdep/raw/raw_spin_lock.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class LOCKDEP_CAPABILITY("spin lock") SpinLock : public MappedLock<RawSpinLock, LockType::kSpinLock> {
 public:
  LOCKDEP_CONSTRUCTORS(SpinLock, MappedLock)

  LOCKDEP_HOT void lock() LOCKDEP_ACQUIRE() { Lock(0, nullptr, LOCKDEP_SITE()); }
  // As in Mutex.
  LOCKDEP_HOT void lock_nested(unsigned subclass) LOCKDEP_ACQUIRE() { Lock(subclass, nullptr, LOCKDEP_SITE()); }
  template <class Outer>
  LOCKDEP_HOT void lock_nest(const Outer& outer) LOCKDEP_ACQUIRE() {
    Lock(0, &outer.lock_map(), LOCKDEP_SITE());
  }
  LOCKDEP_HOT bool try_lock() LOCKDEP_TRY_ACQUIRE(true) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return map_.TryAcquire(How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_SITE(), [this] { return raw_.try_lock(); });
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
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_SPIN_LOCK_H_
