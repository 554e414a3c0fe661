#include "workloads/native_locks.h"

#include <concepts>

#include "lockdep/annotations.h"
#include "lockdep/blocking_rules.h"
#include "lockdep/check.h"
#include "lockdep/mutex.h"
#include "lockdep/percpu_rw_sem.h"
#include "lockdep/recursive_mutex.h"
#include "lockdep/rw_lock.h"
#include "lockdep/rw_sem.h"
#include "lockdep/spin_lock.h"
#include "workloads/mixed_readers_lock.h"

namespace lockdep::workloads {
namespace {

template <class Lock>
concept HasShared = requires(Lock& lock) {
  lock.lock_shared();
};
template <class Lock>
concept HasTimed = requires(Lock& lock) {
  lock.try_lock_for(std::chrono::milliseconds(1));
};
template <class Lock>
concept HasDowngrade = requires(Lock& lock) {
  lock.downgrade();
};

// Locks are taken and released in different calls, which the analysis of clang cannot follow.
template <class Wrapper>
class Native final : public NativeLock {
 public:
  explicit Native(const char* name) : lock_(name) {}

  void Lock(Mode mode) override LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (HasShared<Wrapper>) {
      if (IsShared(mode)) return lock_.lock_shared();
    }
    lock_.lock();
  }
  bool TryLock(Mode mode) override LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (HasShared<Wrapper>) {
      if (IsShared(mode)) return lock_.try_lock_shared();
    }
    return lock_.try_lock();
  }
  bool TryLockFor(Mode mode, std::chrono::milliseconds time) override LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (HasTimed<Wrapper>) {
      if constexpr (HasShared<Wrapper>) {
        if (IsShared(mode)) return lock_.try_lock_shared_for(time);
      }
      return lock_.try_lock_for(time);
    }
    LOCKDEP_CHECK(false);
  }
  void Unlock(Mode mode) override LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (HasShared<Wrapper>) {
      if (IsShared(mode)) return lock_.unlock_shared();
    }
    lock_.unlock();
  }
  void Downgrade() override LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (HasDowngrade<Wrapper>) return lock_.downgrade();
    LOCKDEP_CHECK(false);
  }

 private:
  Wrapper lock_;
};

// Calls `use` with a null pointer to the wrapper of the type; false if there is none.
template <class Use>
bool WithWrapper(LockType type, Use use) {
  switch (type) {
    case LockType::kMutex: use(static_cast<Mutex*>(nullptr)); return true;
    case LockType::kRecursiveMutex: use(static_cast<RecursiveMutex*>(nullptr)); return true;
    case LockType::kSpinLock:
    case LockType::kRawSpinLock: use(static_cast<SpinLock*>(nullptr)); return true;
    case LockType::kRwSem: use(static_cast<RwSem*>(nullptr)); return true;
    case LockType::kRwLock: use(static_cast<RwLock*>(nullptr)); return true;
    case LockType::kPercpuRwSem: use(static_cast<PercpuRwSem*>(nullptr)); return true;
    case LockType::kRcu:
    case LockType::kSrcu:
    case LockType::kLocal:
    case LockType::kPseudo:
    case LockType::kThreadEnd:
    case LockType::kCompletion: return false;
  }
  return false;
}

}  // namespace

bool IsOtherReader(LockType type, Mode mode) {
  return IsShared(mode) && (mode == Mode::kRecursiveShared) != RulesOf(type).readers_recursive;
}

std::unique_ptr<NativeLock> MakeNativeLock(LockType type, NativeReaders readers, const char* name) {
  if (readers == NativeReaders::kMixed) return std::make_unique<MixedReadersLock>(type);
  std::unique_ptr<NativeLock> lock;
  LOCKDEP_CHECK(WithWrapper(type, [&]<class Wrapper>(Wrapper*) { lock = std::make_unique<Native<Wrapper>>(name); }));
  return lock;
}

std::string NativelyMissing(LockType type, NativeNeeds needs) {
  const std::string name = "'" + std::string(ToString(type)) + "'";
  std::string missing;
  const bool exists = WithWrapper(type, [&]<class Wrapper>(Wrapper*) {
    if (needs.timed && !HasTimed<Wrapper>) missing = name + " has no real timed wait";
    if (needs.downgrade && !HasDowngrade<Wrapper>) missing = name + " has no real downgrade";
  });
  return exists ? missing : name + " has no real lock";
}

}  // namespace lockdep::workloads
