// Guards: hold a lock from here to the end of the block.  As std::lock_guard and shared_lock, but
// clang's thread-safety analysis follows them.
//
//   MutexLock lock(mu);      a lock that only one can hold
//   WriterLock lock(sem);    a readers-writer lock, exclusively
//   ReaderLock lock(sem);    a readers-writer lock, shared
//
// Thread-confined.
#ifndef LOCKDEP_GUARDS_H_
#define LOCKDEP_GUARDS_H_

#include "lockdep/annotations.h"
#include "lockdep/checking.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

template <class Lock>
class LOCKDEP_SCOPED_CAPABILITY MutexLock {
 public:
  LOCKDEP_HOT explicit MutexLock(Lock& lock) LOCKDEP_ACQUIRE(lock) : lock_(lock) { lock_.lock(); }
  LOCKDEP_HOT ~MutexLock() LOCKDEP_RELEASE() { lock_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Lock& lock_;
};

template <class Lock>
class LOCKDEP_SCOPED_CAPABILITY WriterLock {
 public:
  LOCKDEP_HOT explicit WriterLock(Lock& lock) LOCKDEP_ACQUIRE(lock) : lock_(lock) { lock_.lock(); }
  LOCKDEP_HOT ~WriterLock() LOCKDEP_RELEASE() { lock_.unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  Lock& lock_;
};

template <class Lock>
class LOCKDEP_SCOPED_CAPABILITY ReaderLock {
 public:
  LOCKDEP_HOT explicit ReaderLock(Lock& lock) LOCKDEP_ACQUIRE_SHARED(lock) : lock_(lock) { lock_.lock_shared(); }
  LOCKDEP_HOT ~ReaderLock() LOCKDEP_RELEASE_GENERIC() { lock_.unlock_shared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  Lock& lock_;
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_GUARDS_H_
