// Holds device_hotplug_lock to the end of the block, where callers like ACPI take it.
//
// Thread-confined.
#ifndef HOTPLUG_GATE_H_
#define HOTPLUG_GATE_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

class [[nodiscard]] Gate {
 public:
  LOCKDEP_HOT Gate(CallerGate gate, Machine& machine, Task& task) : Gate(gate != CallerGate::kNone, machine, task) {}
  LOCKDEP_HOT Gate(bool taken, Machine& machine, Task& task) : taken_(taken), machine_(machine), task_(task) {
    if (taken_) machine_.LockDeviceHotplug(task_);
  }
  LOCKDEP_HOT ~Gate() {
    if (taken_) machine_.UnlockDeviceHotplug(task_);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

 private:
  const bool taken_;
  Machine& machine_;
  Task& task_;
};

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_GATE_H_
