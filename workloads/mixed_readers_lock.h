// A real readers-writer lock that some threads read as its type does, and others do not: a reader that passes by
// waiting writers beside one that waits behind them.
//
// The locks of lockdep/ know one sort of readers each.  This one is a monitor that follows
// lockdep/blocking_rules.h for both.  Which waiter goes first is left to chance.
//
// Thread-safe.  Cost: every release wakes all that wait.
#ifndef WORKLOADS_MIXED_READERS_LOCK_H_
#define WORKLOADS_MIXED_READERS_LOCK_H_

#include <chrono>

#include "lockdep/acquisition.h"
#include "lockdep/annotations.h"
#include "lockdep/blocking_rules.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_condition.h"
#include "lockdep/raw/raw_mutex.h"
#include "workloads/native_locks.h"

namespace lockdep::workloads {

class MixedReadersLock final : public NativeLock {
 public:
  // REQUIRES: the type has readers and writers.
  explicit MixedReadersLock(LockType type) : rules_(RulesOf(type)) {}

  void Lock(Mode mode) override;
  bool TryLock(Mode mode) override;
  bool TryLockFor(Mode mode, std::chrono::milliseconds time) override;
  void Unlock(Mode mode) override;
  void Downgrade() override;

 private:
  bool CanTake(Mode mode) const LOCKDEP_REQUIRES(mutex_);
  void Take(Mode mode) LOCKDEP_REQUIRES(mutex_);
  // False if the deadline passed first.
  bool LockUntil(Mode mode, const Deadline* deadline);

  const BlockingRules& rules_;
  RawMutex mutex_;
  RawCondition changed_;
  int readers_ LOCKDEP_GUARDED_BY(mutex_) = 0;
  int waiting_writers_ LOCKDEP_GUARDED_BY(mutex_) = 0;
  bool written_ LOCKDEP_GUARDED_BY(mutex_) = false;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_MIXED_READERS_LOCK_H_
