// pthread mutexes of every type, and C11's, which are the same objects.
#include <cstring>

#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/quick_path.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

constexpr How kBlocks = How::Of(Mode::kExclusive);
constexpr How kTries = How::Of(Mode::kExclusive, Kind::kTrylock);
constexpr How kTimes = How::Of(Mode::kExclusive, Kind::kTimed);

void Born(pthread_mutex_t* mutex, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LockBorn(*block, AddressOf(mutex), TraitsOf(*mutex), call);
  Leave(block);
}

void Destroyed(std::uintptr_t address, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LockDestroyed(*block, address, call);
  Leave(block);
}

void DestroyRefused(std::uintptr_t address, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LockDestroyRefused(*block, address, call);
  Leave(block);
}

// C11's functions answer in words of their own (glibc, sysdeps/pthread/thrd_priv.h).
int FromThrd(int result) {
  switch (result) {
    case thrd_success: return 0;
    case thrd_busy: return EBUSY;
    case thrd_timedout: return ETIMEDOUT;
    default: return EINVAL;
  }
}
int ToThrd(int result) {
  switch (result) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    case ENOMEM: return thrd_nomem;
    default: return thrd_error;
  }
}

pthread_mutex_t* MutexOf(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }

int Init(decltype(RealFunctions::mutex_init) init, pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes,
         const CallPlace& call) {
  const int result = init(mutex, attributes);
  if (result == 0) Born(mutex, call);
  return result;
}

int Destroy(decltype(RealFunctions::mutex_destroy) destroy, pthread_mutex_t* mutex, const CallPlace& call) {
  const int result = destroy(mutex);
  if (result == 0) Destroyed(AddressOf(mutex), call);
  if (result == EBUSY) DestroyRefused(AddressOf(mutex), call);
  return result;
}

using OfMutex = int (*)(pthread_mutex_t*);

using First = decltype(RealFunctions::first);

template <OfMutex First::*kFirst, OfMutex RealFunctions::*kLock>
[[gnu::cold, gnu::noinline]] int LockAnyhow(pthread_mutex_t* mutex) {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(mutex), kBlocks, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*mutex); },
      [&] { return (real.first.*kFirst)(mutex); }, [&] { return (real.*kLock)(mutex); });
}
// After a try, which said that it is held.
template <OfMutex RealFunctions::*kLock>
[[gnu::cold, gnu::noinline]] int LockBusy(pthread_mutex_t* mutex) {
  return Take(
      AddressOf(mutex), kBlocks, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*mutex); }, [] { return EBUSY; },
      [&] { return (real_functions.*kLock)(mutex); });
}
template <OfMutex First::*kFirst>
[[gnu::always_inline]] inline int TryNow(pthread_mutex_t* mutex) {
  return (real_functions.first.*kFirst)(mutex);
}
template <OfMutex First::*kFirst, OfMutex RealFunctions::*kLock>
[[gnu::always_inline]] inline int Lock(pthread_mutex_t* mutex, const CallPlace& call) {
  return TakeQuickly<LockSlot::Rules::kPlain, TryNow<kFirst>, LockAnyhow<kFirst, kLock>, LockBusy<kLock>>(
      mutex, kBlocks, call);
}

[[gnu::always_inline]] inline int TryLock(OfMutex trylock, pthread_mutex_t* mutex, const CallPlace& call) {
  const auto try_now = [&] { return trylock(mutex); };
  return Take(
      AddressOf(mutex), kTries, call, [&] { return TraitsOf(*mutex); }, try_now, try_now);
}

template <OfMutex RealFunctions::*kUnlock>
[[gnu::cold, gnu::noinline]] int UnlockAnyhow(pthread_mutex_t* mutex) {
  Give(AddressOf(mutex), LOCKDEP_CALL_PLACE(), [&] { return SaidHolders{OwnedByThisThread(*mutex)}; });
  return (Real().*kUnlock)(mutex);
}
template <OfMutex RealFunctions::*kUnlock>
[[gnu::always_inline]] inline int Unlock(pthread_mutex_t* mutex) {
  return UnlockQuickly<LockSlot::Rules::kPlain, kUnlock, UnlockAnyhow<kUnlock>>(mutex);
}

}  // namespace

LOCKDEP_EXPORT int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  return Init(Real().mutex_init, mutex, attributes, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  return Destroy(Real().mutex_destroy, mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  return Lock<&First::mutex_lock, &RealFunctions::mutex_lock>(mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return TryLock(Real().mutex_trylock, mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(mutex), kTimes, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*mutex); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? real.first.mutex_timedlock(mutex) : EBUSY; },
      [&] { return real.mutex_timedlock(mutex, until); });
}

LOCKDEP_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(mutex), kTimes, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*mutex); },
      [&] { return IsGoodTime(clock, until) ? real.first.mutex_clocklock(mutex) : EBUSY; },
      [&] { return real.mutex_clocklock(mutex, clock, until); });
}

LOCKDEP_EXPORT int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  return Unlock<&RealFunctions::mutex_unlock>(mutex);
}

// --- glibc's other names, by which programs of before 2.34 call them -----------------------------------

LOCKDEP_EXPORT int __pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  return Init(Real().mutex_init_alias, mutex, attributes, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  return Destroy(Real().mutex_destroy_alias, mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  return Lock<&First::mutex_lock_alias, &RealFunctions::mutex_lock_alias>(mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return TryLock(Real().mutex_trylock_alias, mutex, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int __pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  return Unlock<&RealFunctions::mutex_unlock_alias>(mutex);
}

// --- C11 ------------------------------------------------------------------------------------------------

LOCKDEP_EXPORT int mtx_init(mtx_t* mutex, int type) {
  const int result = Real().mtx_init(mutex, type);
  if (result == thrd_success) Born(MutexOf(mutex), LOCKDEP_CALL_PLACE());
  return result;
}

LOCKDEP_EXPORT void mtx_destroy(mtx_t* mutex) {
  Real().mtx_destroy(mutex);
  Destroyed(AddressOf(mutex), LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int mtx_lock(mtx_t* mutex) {
  const RealFunctions& real = Real();
  return ToThrd(Take(
      AddressOf(mutex), kBlocks, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*MutexOf(mutex)); },
      [&] { return FromThrd(real.first.mtx_lock(mutex)); }, [&] { return FromThrd(real.mtx_lock(mutex)); }));
}

LOCKDEP_EXPORT int mtx_trylock(mtx_t* mutex) {
  const RealFunctions& real = Real();
  const auto try_now = [&] { return FromThrd(real.mtx_trylock(mutex)); };
  return ToThrd(Take(
      AddressOf(mutex), kTries, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*MutexOf(mutex)); }, try_now, try_now));
}

LOCKDEP_EXPORT int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  const RealFunctions& real = Real();
  return ToThrd(Take(
      AddressOf(mutex), kTimes, LOCKDEP_CALL_PLACE(), [&] { return TraitsOf(*MutexOf(mutex)); },
      [&] { return IsGoodTime(CLOCK_REALTIME, until) ? FromThrd(real.first.mtx_timedlock(mutex)) : EBUSY; },
      [&] { return FromThrd(real.mtx_timedlock(mutex, until)); }));
}

LOCKDEP_EXPORT int mtx_unlock(mtx_t* mutex) {
  Give(AddressOf(mutex), LOCKDEP_CALL_PLACE(), [&] { return SaidHolders{OwnedByThisThread(*MutexOf(mutex))}; });
  return Real().mtx_unlock(mutex);
}

}  // namespace lockdep::preload
