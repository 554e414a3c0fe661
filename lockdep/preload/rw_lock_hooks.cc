// pthread reader-writer locks of every kind.
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

bool WritersFirst(const pthread_rwlock_t& lock) {
  // The kind that is called PREFER_WRITER lets readers pass as PREFER_READER does (glibc,
  // nptl/pthread_rwlock_common.c).
  return lock.__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

LockTraits TraitsOf(const pthread_rwlock_t& lock) {
  LockTraits traits;
  traits.type = WritersFirst(lock) ? LockType::kRwSem : LockType::kRwLock;
  traits.knows_holder = true;  // a writer's second request is refused
  traits.knows_only_writer = true;
  if (lock.__data.__shared != 0) traits.flags |= recording::LockRecord::kShared;
  return traits;
}

How Reads(const pthread_rwlock_t& lock, Kind kind) {
  return How::Of(WritersFirst(lock) ? Mode::kShared : Mode::kRecursiveShared, kind);
}
constexpr How Writes(Kind kind) { return How::Of(Mode::kExclusive, kind); }

bool WrittenByThisThread(const pthread_rwlock_t& lock) {
  return lock.__data.__cur_writer == static_cast<int>(syscall(SYS_gettid));
}

}  // namespace

LOCKDEP_EXPORT int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
  const int result = Real().rwlock_init(lock, attributes);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockBorn(*block, AddressOf(lock), TraitsOf(*lock), LOCKDEP_CALL_PLACE());
    Leave(block);
  }
  return result;
}

LOCKDEP_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  const int result = Real().rwlock_destroy(lock);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockDestroyed(*block, AddressOf(lock), LOCKDEP_CALL_PLACE());
    Leave(block);
  }
  return result;
}

LOCKDEP_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kBlocking), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return real.rwlock_tryrdlock(lock); }, [&] { return real.rwlock_rdlock(lock); });
}

LOCKDEP_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  const auto try_now = [&] { return real.rwlock_tryrdlock(lock); };
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kTrylock), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); }, try_now,
      try_now);
}

LOCKDEP_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? real.rwlock_tryrdlock(lock) : EBUSY; },
      [&] { return real.rwlock_timedrdlock(lock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(clock, until) ? real.rwlock_tryrdlock(lock) : EBUSY; },
      [&] { return real.rwlock_clockrdlock(lock, clock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Writes(Kind::kBlocking), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return real.rwlock_trywrlock(lock); }, [&] { return real.rwlock_wrlock(lock); });
}

LOCKDEP_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  const auto try_now = [&] { return real.rwlock_trywrlock(lock); };
  return Take(
      AddressOf(lock), Writes(Kind::kTrylock), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); }, try_now, try_now);
}

LOCKDEP_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Writes(Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? real.rwlock_trywrlock(lock) : EBUSY; },
      [&] { return real.rwlock_timedwrlock(lock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Writes(Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(clock, until) ? real.rwlock_trywrlock(lock) : EBUSY; },
      [&] { return real.rwlock_clockwrlock(lock, clock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  Give(AddressOf(lock), LOCKDEP_CALL_PLACE(), [&] { return WrittenByThisThread(*lock); });
  return Real().rwlock_unlock(lock);
}

}  // namespace lockdep::preload
