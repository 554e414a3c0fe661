#include "hotplug/active_ref.h"

namespace lockdep::hotplug {

bool ActiveRef::Get() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  const bool got = map_.TryAcquire(How::Of(Mode::kShared, Kind::kTrylock), LOCKDEP_SITE(),
                                   [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock_shared(); });
  if (!got) return false;
  // Asked only now: a drain that came first has seen no reference.
  if (exists_.ReadOnce()) return true;
  Put();
  return false;
}

void ActiveRef::Put() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock_shared(); });
}

void ActiveRef::Create() { exists_.WriteOnce(true); }

void ActiveRef::Drain() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (!exists_.ReadOnce()) return;
  exists_.WriteOnce(false);
  map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking), LOCKDEP_SITE(), nullptr,
               [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
                 raw_.lock();
                 return true;
               });
  map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock(); });
}

}  // namespace lockdep::hotplug
