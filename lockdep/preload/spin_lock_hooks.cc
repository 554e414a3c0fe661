// pthread spin locks.
#include "lockdep/preload/export.h"
#include "lockdep/preload/lock_words.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/quick_path.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

LockTraits SpinTraits() {
  LockTraits traits;
  traits.type = LockType::kSpinLock;
  return traits;
}

// One that was not seen to be made is from another process, as far as is known; it does not say so itself.
LockTraits FoundTraits() {
  LockTraits traits = SpinTraits();
  traits.flags |= recording::LockRecord::kShared;
  return traits;
}

LockTraits MadeTraits(int shared) { return shared == PTHREAD_PROCESS_SHARED ? FoundTraits() : SpinTraits(); }

// Also after a try that said that it is held: one try more costs nothing beside a wait that spins.
[[gnu::cold, gnu::noinline]] int LockAnyhow(pthread_spinlock_t* lock) {
  const RealFunctions& real = Real();
  return Take(
      AddressOf(lock), How::Of(Mode::kExclusive), LOCKDEP_CALL_PLACE(), FoundTraits,
      [&] { return real.first.spin_lock(lock); }, [&] { return real.spin_lock(lock); });
}
[[gnu::always_inline]] inline int TryNow(pthread_spinlock_t* lock) { return real_functions.first.spin_lock(lock); }
[[gnu::cold, gnu::noinline]] int UnlockAnyhow(pthread_spinlock_t* lock) {
  Give(AddressOf(lock), LOCKDEP_CALL_PLACE(), [&] {
    return SaidHolders{false, Real().spin_locks_are_its_own && IsSpinHeld(*lock) ? 1U : 0U};
  });
  return Real().spin_unlock(lock);
}

}  // namespace

LOCKDEP_EXPORT int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  const int result = Real().spin_init(lock, shared);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockBorn(*block, AddressOf(lock), MadeTraits(shared), LOCKDEP_CALL_PLACE());
    Leave(block);
  }
  return result;
}

LOCKDEP_EXPORT int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  const int result = Real().spin_destroy(lock);
  if (result != 0) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LockDestroyed(*block, AddressOf(lock), LOCKDEP_CALL_PLACE());
    Leave(block);
  }
  return result;
}

LOCKDEP_EXPORT int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  return TakeQuickly<LockSlot::Rules::kPlain, TryNow, LockAnyhow, LockAnyhow>(lock, How::Of(Mode::kExclusive),
                                                                              LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  const RealFunctions& real = Real();
  const auto try_now = [&] { return real.spin_trylock(lock); };
  return Take(AddressOf(lock), How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_CALL_PLACE(), FoundTraits, try_now,
              try_now);
}

LOCKDEP_EXPORT int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  return UnlockQuickly<LockSlot::Rules::kPlain, &RealFunctions::spin_unlock, UnlockAnyhow>(lock);
}

}  // namespace lockdep::preload
