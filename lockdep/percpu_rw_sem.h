// A readers-writer lock for many readers and rare writers, with validated lock order: readers on
// different processors share no cache line, an announced writer blocks new readers.  Meets
// SharedLockable.
//
// A thread must not read-lock it twice: a writer that queues between hangs both.
//
// Thread-safe.  Large: see raw/raw_percpu_rw_sem.h.
#ifndef LOCKDEP_PERCPU_RW_SEM_H_
#define LOCKDEP_PERCPU_RW_SEM_H_

#include "lockdep/lock_map.h"
#include "lockdep/raw/raw_percpu_rw_sem.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class LOCKDEP_CAPABILITY("PercpuRwSem") PercpuRwSem : public MappedLock<RawPercpuRwSem, LockType::kPercpuRwSem> {
 public:
  LOCKDEP_CONSTRUCTORS(PercpuRwSem, MappedLock)

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
                           [this] { return raw_.try_lock_shared(); });
  }
  LOCKDEP_HOT void unlock_shared() LOCKDEP_RELEASE_SHARED() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Release([this] { raw_.unlock_shared(); });
  }

  // Prints what is held and aborts if the calling thread does not hold it, or (AssertHeld) only shared.
  void AssertHeld() const LOCKDEP_ASSERT_CAPABILITY(this) { map_.AssertHeld(); }
  void AssertHeldShared() const LOCKDEP_ASSERT_SHARED_CAPABILITY(this) { map_.AssertHeldShared(); }

 private:
  LOCKDEP_HOT void Lock(unsigned subclass, const LockMap* nest, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking, subclass), site, nest, [this] {
      raw_.lock();
      return true;
    });
  }
  LOCKDEP_HOT void LockShared(unsigned subclass, const LockMap* nest, Site site) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    map_.Acquire(How::Of(Mode::kShared, Kind::kBlocking, subclass), site, nest, [this] {
      raw_.lock_shared();
      return true;
    });
  }
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_PERCPU_RW_SEM_H_
