// pthread reader-writer locks of every kind.
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/quick_path.h"
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

// The lock counts its readers, but does not name them (glibc, nptl/pthread_rwlock_common.c: PTHREAD_RWLOCK_READER_SHIFT).
SaidHolders HoldersOf(const pthread_rwlock_t& lock) {
  if (lock.__data.__cur_writer == static_cast<int>(syscall(SYS_gettid))) return {true, 0};
  return {false, Real().rw_locks_are_its_own ? __atomic_load_n(&lock.__data.__readers, __ATOMIC_RELAXED) >> 3 : 0};
}

int Init(decltype(RealFunctions::rwlock_init) init, pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes,
         const CallPlace& call) {
  const int result = init(lock, attributes);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockBorn(*block, AddressOf(lock), TraitsOf(*lock), call);
    Leave(block);
  }
  return result;
}

using OfRwLock = int (*)(pthread_rwlock_t*);

int Destroy(OfRwLock destroy, pthread_rwlock_t* lock, const CallPlace& call) {
  const int result = destroy(lock);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockDestroyed(*block, AddressOf(lock), call);
    Leave(block);
  }
  return result;
}

[[gnu::always_inline]] inline int Lock(How how, OfRwLock first, OfRwLock wait, pthread_rwlock_t* lock,
                                       const CallPlace& call) {
  return Take(
      AddressOf(lock), how, call, [&] { return TraitsOf(*lock); }, [&] { return first(lock); },
      [&] { return wait(lock); });
}

using First = decltype(RealFunctions::first);
How ReadsAndWaits(const pthread_rwlock_t& lock) { return Reads(lock, Kind::kBlocking); }
How WritesAndWaits(const pthread_rwlock_t&) { return Writes(Kind::kBlocking); }

template <How (*kHow)(const pthread_rwlock_t&), OfRwLock First::*kFirst, OfRwLock RealFunctions::*kWait>
[[gnu::cold, gnu::noinline]] int LockAnyhow(pthread_rwlock_t* lock) {
  const RealFunctions& real = Real();
  return Lock(kHow(*lock), real.first.*kFirst, real.*kWait, lock, LOCKDEP_CALL_PLACE());
}
// After a try, which said that it is held.
template <How (*kHow)(const pthread_rwlock_t&), OfRwLock RealFunctions::*kWait>
[[gnu::cold, gnu::noinline]] int LockBusy(pthread_rwlock_t* lock) {
  return Take(
      AddressOf(lock), kHow(*lock), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); }, [] { return EBUSY; },
      [&] { return (real_functions.*kWait)(lock); });
}
template <OfRwLock First::*kFirst>
[[gnu::always_inline]] inline int TryNow(pthread_rwlock_t* lock) {
  return (real_functions.first.*kFirst)(lock);
}
template <How (*kHow)(const pthread_rwlock_t&), OfRwLock First::*kFirst, OfRwLock RealFunctions::*kWait>
[[gnu::always_inline]] inline int LockAndWait(pthread_rwlock_t* lock, const CallPlace& call) {
  // The kind is asked for each time: a lock may be made anew by assignment.
  return TakeQuickly<LockSlot::Rules::kReaderWriter, TryNow<kFirst>, LockAnyhow<kHow, kFirst, kWait>,
                     LockBusy<kHow, kWait>>(lock, kHow(*lock), call);
}

template <OfRwLock RealFunctions::*kUnlock>
[[gnu::cold, gnu::noinline]] int UnlockAnyhow(pthread_rwlock_t* lock) {
  Give(AddressOf(lock), LOCKDEP_CALL_PLACE(), [&] { return HoldersOf(*lock); });
  return (Real().*kUnlock)(lock);
}
template <OfRwLock RealFunctions::*kUnlock>
[[gnu::always_inline]] inline int Unlock(pthread_rwlock_t* lock) {
  return UnlockQuickly<LockSlot::Rules::kReaderWriter, kUnlock, UnlockAnyhow<kUnlock>>(lock);
}

}  // namespace

LOCKDEP_EXPORT int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
  return Init(Real().rwlock_init, lock, attributes, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  return Destroy(Real().rwlock_destroy, lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  return LockAndWait<ReadsAndWaits, &First::rwlock_rdlock, &RealFunctions::rwlock_rdlock>(lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Lock(Reads(*lock, Kind::kTrylock), real.rwlock_tryrdlock, real.rwlock_tryrdlock, lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? real.first.rwlock_timedrdlock(lock) : EBUSY; },
      [&] { return real.rwlock_timedrdlock(lock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Reads(*lock, Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(clock, until) ? real.first.rwlock_clockrdlock(lock) : EBUSY; },
      [&] { return real.rwlock_clockrdlock(lock, clock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return LockAndWait<WritesAndWaits, &First::rwlock_wrlock, &RealFunctions::rwlock_wrlock>(lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Lock(Writes(Kind::kTrylock), real.rwlock_trywrlock, real.rwlock_trywrlock, lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Writes(Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? real.first.rwlock_timedwrlock(lock) : EBUSY; },
      [&] { return real.rwlock_timedwrlock(lock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), Writes(Kind::kTimed), LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*lock); },
      [&] { return IsGoodTime(clock, until) ? real.first.rwlock_clockwrlock(lock) : EBUSY; },
      [&] { return real.rwlock_clockwrlock(lock, clock, until); });
}

LOCKDEP_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  return Unlock<&RealFunctions::rwlock_unlock>(lock);
}

// --- glibc's other names, by which programs of before 2.34 call them -----------------------------------

LOCKDEP_EXPORT int __pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
  return Init(Real().rwlock_init_alias, lock, attributes, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  return Destroy(Real().rwlock_destroy_alias, lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  return LockAndWait<ReadsAndWaits, &First::rwlock_rdlock_alias, &RealFunctions::rwlock_rdlock_alias>(
      lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Lock(Reads(*lock, Kind::kTrylock), real.rwlock_tryrdlock_alias, real.rwlock_tryrdlock_alias, lock,
              LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return LockAndWait<WritesAndWaits, &First::rwlock_wrlock_alias, &RealFunctions::rwlock_wrlock_alias>(
      lock, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  return Lock(Writes(Kind::kTrylock), real.rwlock_trywrlock_alias, real.rwlock_trywrlock_alias, lock,
              LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  return Unlock<&RealFunctions::rwlock_unlock_alias>(lock);
}

}  // namespace lockdep::preload
