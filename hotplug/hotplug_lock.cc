#include "hotplug/hotplug_lock.h"

namespace lockdep::hotplug {

HotplugLock::HotplugLock(LockForm form, const HotplugLockNames& names) : form_(form) {
  switch (form) {
    case LockForm::kMutex: mutex_ = std::make_unique<Mutex>(names.mutex); break;
    case LockForm::kHomebrew: homebrew_ = std::make_unique<Homebrew>(names.homebrew); break;
    case LockForm::kRwSem: semaphore_ = std::make_unique<RwSem>(names.semaphore); break;
    case LockForm::kPercpu: percpu_ = std::make_unique<PercpuRwSem>(names.semaphore); break;
  }
}

HotplugLock::~HotplugLock() = default;

}  // namespace lockdep::hotplug
