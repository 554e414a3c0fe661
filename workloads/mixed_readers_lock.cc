#include "workloads/mixed_readers_lock.h"

#include "lockdep/guards.h"

namespace lockdep::workloads {

bool MixedReadersLock::CanTake(Mode mode) const {
  if (written_) return false;
  if (!IsShared(mode)) return readers_ == 0;
  return waiting_writers_ == 0 || !WaitsBehindWriters(rules_, mode);
}

void MixedReadersLock::Take(Mode mode) {
  if (IsShared(mode)) {
    ++readers_;
  } else {
    written_ = true;
  }
}

bool MixedReadersLock::LockUntil(Mode mode, const Deadline* deadline) {
  MutexLock guard(mutex_);
  if (CanTake(mode)) {
    Take(mode);
    return true;
  }
  const bool announces = AnnouncesItself(rules_, mode);
  if (announces) ++waiting_writers_;
  bool in_time = true;
  while (!CanTake(mode) && in_time) in_time = changed_.Wait(mutex_, deadline);
  if (announces) --waiting_writers_;
  const bool got = CanTake(mode);
  if (got) Take(mode);
  // Readers may have waited behind this one only.
  if (!got && announces) changed_.notify_all();
  return got;
}

void MixedReadersLock::Lock(Mode mode) { LockUntil(mode, nullptr); }

bool MixedReadersLock::TryLock(Mode mode) {
  MutexLock guard(mutex_);
  if (!CanTake(mode)) return false;
  Take(mode);
  return true;
}

bool MixedReadersLock::TryLockFor(Mode mode, std::chrono::milliseconds time) {
  const Deadline deadline = Deadline::In(time);
  return LockUntil(mode, &deadline);
}

void MixedReadersLock::Unlock(Mode mode) {
  MutexLock guard(mutex_);
  if (IsShared(mode)) {
    --readers_;
  } else {
    written_ = false;
  }
  changed_.notify_all();
}

void MixedReadersLock::Downgrade() {
  MutexLock guard(mutex_);
  written_ = false;
  ++readers_;
  changed_.notify_all();
}

}  // namespace lockdep::workloads
