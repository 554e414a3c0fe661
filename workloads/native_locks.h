// The real lock behind each lock of a script: the wrapper of its type in lockdep/, or, if it is also read in a mode
// that the wrapper does not have, a lock that has both.
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
  // REQUIRES for all of them: the type can do it, see NativelyMissing.
  virtual void Lock(Mode mode) = 0;
  virtual bool TryLock(Mode mode) = 0;
  virtual bool TryLockFor(Mode mode, std::chrono::milliseconds time) = 0;
  virtual void Unlock(Mode mode) = 0;
  virtual void Downgrade() = 0;
};

// Which readers a lock has: only those that wait behind waiting writers as its type says, or also others.
enum class NativeReaders { kOfItsType, kMixed };

// Whether readers of this mode are others.
bool IsOtherReader(LockType type, Mode mode);

// `name` must stay valid.  REQUIRES: the type has a real lock; one with readers if they are mixed.
std::unique_ptr<NativeLock> MakeNativeLock(LockType type, NativeReaders readers, const char* name);

// What a type of lock would have to do, beyond being locked.
struct NativeNeeds {
  bool timed = false;
  bool downgrade = false;
};

// Why it cannot be had from a real lock, or "": "'rcu' has no real lock".
std::string NativelyMissing(LockType type, NativeNeeds needs);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_LOCKS_H_
