// Holds a mutex to the end of the block, where the policy has it held at all.
//
// Thread-confined.
#ifndef HOTPLUG_HELD_IF_H_
#define HOTPLUG_HELD_IF_H_

#include "lockdep/lockdep.h"

namespace lockdep::hotplug {

class [[nodiscard]] HeldIf {
 public:
  LOCKDEP_HOT HeldIf(bool held, Mutex& mutex) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS : mutex_(held ? &mutex : nullptr) {
    if (mutex_ != nullptr) mutex_->lock();
  }
  LOCKDEP_HOT ~HeldIf() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  HeldIf(const HeldIf&) = delete;
  HeldIf& operator=(const HeldIf&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_HELD_IF_H_
