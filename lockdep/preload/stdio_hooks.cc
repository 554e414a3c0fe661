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

}  // namespace

LOCKDEP_EXPORT void flockfile(FILE* stream) noexcept {
  const RealFunctions& real = Real();
  Take(
      AddressOf(stream), How::Of(Mode::kExclusive), LOCKDEP_CALL_PLACE(), StreamTraits,
      [&] { return real.trylockfile(stream) == 0 ? 0 : EBUSY; },
      [&] {
        real.lockfile(stream);
        return 0;
      });
}

LOCKDEP_EXPORT int ftrylockfile(FILE* stream) noexcept {
  const RealFunctions& real = Real();
  int answer = 0;
  const auto try_now = [&] {
    answer = real.trylockfile(stream);
    return answer == 0 ? 0 : EBUSY;
  };
  Take(AddressOf(stream), How::Of(Mode::kExclusive, Kind::kTrylock), LOCKDEP_CALL_PLACE(), StreamTraits, try_now,
       try_now);
  return answer;
}

LOCKDEP_EXPORT void funlockfile(FILE* stream) noexcept {
  Give(AddressOf(stream), LOCKDEP_CALL_PLACE(), [] { return true; });
  Real().unlockfile(stream);
}

}  // namespace lockdep::preload
