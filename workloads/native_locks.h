// The real lock behind each lock of a script, by type: the wrappers of lockdep/.
//
// Thread-safe, as the wrappers.
#ifndef WORKLOADS_NATIVE_LOCKS_H_
#define WORKLOADS_NATIVE_LOCKS_H_

#include <chrono>
#include <memory>
#include <string>

#include "lockdep/acquisition.h"

namespace lockdep::workloads {

class NativeLock {
 public:
  virtual ~NativeLock() = default;
  // Any shared mode is one.  REQUIRES for all of them: the type can do it, see NativelyMissing.
  virtual void Lock(Mode mode) = 0;
  virtual bool TryLock(Mode mode) = 0;
  virtual bool TryLockFor(Mode mode, std::chrono::milliseconds time) = 0;
  virtual void Unlock(Mode mode) = 0;
  virtual void Downgrade() = 0;
};

// `name` must stay valid.  REQUIRES: the type has a real lock.
std::unique_ptr<NativeLock> MakeNativeLock(LockType type, const char* name);

// What a type of lock would have to do, beyond being locked.
struct NativeNeeds {
  bool timed = false;
  bool downgrade = false;
};

// Why it cannot be had from a real lock, or "": "'rcu' has no real lock".
std::string NativelyMissing(LockType type, NativeNeeds needs);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_LOCKS_H_
