#include "hotplug/sysfs.h"

#include <cerrno>

#include "hotplug/cpu.h"
#include "hotplug/errors.h"
#include "hotplug/memory_hotplug.h"
#include "hotplug/sysfs_call.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

// Runs `method` with device_hotplug_lock, as the policy has stores take it.
template <class Method>
int Gated(Machine& machine, Task& task, Method method) {
  switch (machine.policy.store_gate) {
    case StoreGate::kNone: return method();
    case StoreGate::kBlocking: machine.LockDeviceHotplug(task); break;
    case StoreGate::kTry:
      if (!machine.TryLockDeviceHotplug(task)) return kRestart;
      break;
  }
  const int result = method();
  machine.UnlockDeviceHotplug(task);
  return result;
}

}  // namespace

OnlineType OnlineTypeOf(StateCommand command) {
  switch (command) {
    case StateCommand::kUnknown:
    case StateCommand::kOffline: return OnlineType::kUnset;
    case StateCommand::kOnline: return OnlineType::kKeep;
    case StateCommand::kOnlineKernel: return OnlineType::kKernel;
    case StateCommand::kOnlineMovable: return OnlineType::kMovable;
  }
  return OnlineType::kUnset;
}

int WriteState(Machine& machine, Task& task, MemoryBlock& block, StateCommand command) {
  return Checked(Attribute::kState, CallMethod(block.state_file, [&] {
                   return Gated(machine, task, [&] {
                     const bool memory_first = machine.policy.state_order == StateOrder::kMemoryFirst;
                     if (memory_first) machine.Begin(task);
                     int result = -EINVAL;
                     if (command == StateCommand::kOffline) {
                       result = DeviceOffline(machine, task, block);
                     } else if (command != StateCommand::kUnknown) {
                       block.online_type = OnlineTypeOf(command);  // "protected by device_hotplug_lock": state_store
                       result = DeviceOnline(machine, task, block);
                     }
                     if (memory_first) machine.Done(task);
                     return result > 0 ? -EINVAL : result;
                   });
                 }));
}

int WriteOnline(Machine& machine, Task& task, MemoryBlock& block, bool online) {
  return Checked(Attribute::kOnline, CallMethod(block.online_file, [&] {
                   return Gated(machine, task, [&] {
                     const int result =
                         online ? DeviceOnline(machine, task, block) : DeviceOffline(machine, task, block);
                     return result > 0 ? 0 : result;
                   });
                 }));
}

int WriteCpuOnline(Machine& machine, Task& task, bool online) {
  return Checked(Attribute::kOnline, CallMethod(machine.cpu_online_file, [&] {
                   return Gated(machine, task, [&] {
                     MutexLock device(machine.cpu_dev);
                     return online ? CpuUp(machine, task) : CpuDown(machine, task);
                   });
                 }));
}

int WriteProbe(Machine& machine, Task& task, MemoryBlock& block) {
  for (;;) {
    switch (machine.policy.probe_gate) {
      case ProbeGate::kNone: return Checked(Attribute::kProbe, AddMemory(machine, task, block));
      case ProbeGate::kTry:
        if (machine.TryLockDeviceHotplug(task)) break;
        explore::Restart();
        continue;
      case ProbeGate::kTryUnlocksAnyway:
        if (machine.TryLockDeviceHotplug(task)) break;
        // `goto out`, where the lock is released: probe_store of 8df1d0e4a265.
        machine.UnlockDeviceHotplug(task);
        explore::Restart();
        continue;
    }
    const int result = AddMemoryGated(machine, task, block);
    machine.UnlockDeviceHotplug(task);
    return Checked(Attribute::kProbe, result);
  }
}

int WriteRemoveSelf(Machine& machine, Task& task, MemoryBlock& block, bool breaks_protection) {
  if (!block.state_file.Get()) return -ENODEV;
  if (breaks_protection) block.state_file.Put();
  const int result = RemoveMemory(machine, task, block);
  if (!breaks_protection) block.state_file.Put();
  return result;
}

}  // namespace lockdep::hotplug
