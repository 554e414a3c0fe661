// flockfile and its kin: each stream has a lock that its holder may take again.
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

LockTraits StreamTraits() {
  LockTraits traits;
  traits.type = LockType::kRecursiveMutex;
  traits.recursive = true;
  traits.knows_holder = true;
  traits.flags = recording::LockRecord::kStream;
  return traits;
}

using OfStream = void (*)(FILE*);
using TryOfStream = int (*)(FILE*);

[[gnu::always_inline]] inline void Lock(TryOfStream first, OfStream lock, FILE* stream, const CallPlace& call) {
  Take(
      AddressOf(stream), How::Of(Mode::kExclusive), call, StreamTraits, [&] { return first(stream) == 0 ? 0 : EBUSY; },
      [&] {
        lock(stream);
        return 0;
      });
}

[[gnu::always_inline]] inline int TryLock(TryOfStream trylock, FILE* stream, const CallPlace& call) {
  int answer = 0;
  const auto try_now = [&] {
    answer = trylock(stream);
    return answer == 0 ? 0 : EBUSY;
  };
  Take(AddressOf(stream), How::Of(Mode::kExclusive, Kind::kTrylock), call, StreamTraits, try_now, try_now);
  return answer;
}

[[gnu::always_inline]] inline void Unlock(OfStream unlock, FILE* stream, const CallPlace& call) {
  Give(AddressOf(stream), call, [] { return SaidHolders{true}; });
  unlock(stream);
}

}  // namespace

LOCKDEP_EXPORT void flockfile(FILE* stream) noexcept {
  const RealFunctions& real = Real();
  Lock(real.first.lockfile, real.lockfile, stream, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int ftrylockfile(FILE* stream) noexcept {
  return TryLock(Real().trylockfile, stream, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT void funlockfile(FILE* stream) noexcept { Unlock(Real().unlockfile, stream, LOCKDEP_CALL_PLACE()); }

// glibc's other names.

LOCKDEP_EXPORT void _IO_flockfile(FILE* stream) noexcept {
  const RealFunctions& real = Real();
  Lock(real.first.lockfile_alias, real.lockfile_alias, stream, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT int _IO_ftrylockfile(FILE* stream) noexcept {
  return TryLock(Real().trylockfile_alias, stream, LOCKDEP_CALL_PLACE());
}

LOCKDEP_EXPORT void _IO_funlockfile(FILE* stream) noexcept {
  Unlock(Real().unlockfile_alias, stream, LOCKDEP_CALL_PLACE());
}

}  // namespace lockdep::preload
