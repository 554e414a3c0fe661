// The mutex that guards the validator's own data.
//
// Why not std::mutex: a preloaded recorder intercepts pthread_mutex_lock, and std::mutex goes
// through it; absl::Mutex does not.  Why not a bare absl::Mutex: ThreadSanitizer does not see its
// synchronisation in a library that was built without it, so every guarded variable would be
// reported; the __tsan_mutex_* calls tell it.
//
// Leaf: nothing else is locked, no user code runs, nothing is logged and no stack is walked while
// an OwnMutex is held.
//
// Thread-safe.
#ifndef LOCKDEP_OWN_MUTEX_H_
#define LOCKDEP_OWN_MUTEX_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#if defined(__SANITIZE_THREAD__)
#define LOCKDEP_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LOCKDEP_TSAN 1
#endif
#endif

#ifdef LOCKDEP_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace lockdep {

class ABSL_LOCKABLE OwnMutex {
 public:
  // Debian's abseil is built without NDEBUG, so its own deadlock detection is on by default; this
  // mutex is a leaf, and the detection would cost every cold path a global lock.
  OwnMutex() { mutex_.ForgetDeadlockInfo(); }
  OwnMutex(const OwnMutex&) = delete;
  OwnMutex& operator=(const OwnMutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
#ifdef LOCKDEP_TSAN
    __tsan_mutex_pre_lock(this, 0);
#endif
    mutex_.Lock();
#ifdef LOCKDEP_TSAN
    __tsan_mutex_post_lock(this, 0, 0);
#endif
  }

  void Unlock() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
#ifdef LOCKDEP_TSAN
    __tsan_mutex_pre_unlock(this, 0);
#endif
    mutex_.Unlock();
#ifdef LOCKDEP_TSAN
    __tsan_mutex_post_unlock(this, 0);
#endif
  }

 private:
  absl::Mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE OwnMutexLock {
 public:
  explicit OwnMutexLock(OwnMutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~OwnMutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  OwnMutexLock(const OwnMutexLock&) = delete;
  OwnMutexLock& operator=(const OwnMutexLock&) = delete;

 private:
  OwnMutex& mutex_;
};

}  // namespace lockdep

#endif  // LOCKDEP_OWN_MUTEX_H_
