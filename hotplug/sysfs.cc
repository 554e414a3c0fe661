#include "hotplug/sysfs.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "hotplug/cpu.h"
#include "hotplug/memory_hotplug.h"
#include "lockdep/explore/explore.h"
#include "lockdep/scheduler.h"

namespace lockdep::hotplug {
namespace {

constexpr int kRestart = -513;  // ERESTARTNOINTR, include/linux/errno.h

// Runs the method of a file until it says something else than "again".
template <class Method>
int Call(ActiveRef& file, Method method) {
  for (;;) {
    if (!file.Get()) return -ENODEV;
    const int result = method();
    // The sleep comes before the reference is given back, so a drain waits that long.
    if (result == kRestart && CurrentScheduler() == nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    file.Put();
    if (result != kRestart) return result;
    explore::Restart();
  }
}

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

OnlineType TypeOf(StateCommand command) {
  switch (command) {
    case StateCommand::kOffline: return OnlineType::kUnset;
    case StateCommand::kOnline: return OnlineType::kKeep;
    case StateCommand::kOnlineKernel: return OnlineType::kKernel;
    case StateCommand::kOnlineMovable: return OnlineType::kMovable;
  }
  return OnlineType::kUnset;
}

int Checked(int error) {
  const bool known = error == 0 || error == -EINVAL || error == -EBUSY || error == -EPERM || error == -ENOMEM ||
                     error == -EINTR || error == -ENODEV || error == -EEXIST;
  explore::Check(known, "I8: a store returns " + std::to_string(error));
  return error;
}

}  // namespace

int WriteState(Machine& machine, Task& task, MemoryBlock& block, StateCommand command) {
  return Checked(Call(block.state_file, [&] {
    return Gated(machine, task, [&] {
      const bool memory_first = machine.policy.state_order == StateOrder::kMemoryFirst;
      if (memory_first) machine.Begin(task);
      int result = 0;
      if (command == StateCommand::kOffline) {
        result = DeviceOffline(machine, task, block);
      } else {
        block.online_type = TypeOf(command);  // "protected by device_hotplug_lock": state_store
        result = DeviceOnline(machine, task, block);
      }
      if (memory_first) machine.Done(task);
      return result > 0 ? -EINVAL : result;
    });
  }));
}

int WriteOnline(Machine& machine, Task& task, MemoryBlock& block, bool online) {
  return Checked(Call(block.online_file, [&] {
    return Gated(machine, task, [&] {
      const int result = online ? DeviceOnline(machine, task, block) : DeviceOffline(machine, task, block);
      return result > 0 ? 0 : result;
    });
  }));
}

int WriteCpuOnline(Machine& machine, Task& task, bool online) {
  return Checked(Call(machine.cpu_online_file, [&] {
    return Gated(machine, task, [&] {
      MutexLock device(machine.cpu_dev);
      return online ? CpuUp(machine, task) : CpuDown(machine, task);
    });
  }));
}

int WriteProbe(Machine& machine, Task& task, MemoryBlock& block) {
  for (;;) {
    switch (machine.policy.probe_gate) {
      case ProbeGate::kNone: return AddMemory(machine, task, block);
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
    return Checked(result);
  }
}

int ReadState(Machine&, Task&, MemoryBlock& block) {
  return Call(block.state_file, [&] {
    (void)block.state.ReadOnce();
    return 0;
  });
}

int ReadOnline(Machine&, Task&, MemoryBlock& block) {
  return Call(block.online_file, [&] {
    MutexLock device(block.dev);
    (void)block.dev_offline.Read();
    return 0;
  });
}

int ReadUevent(Machine&, Task&, MemoryBlock& block) {
  return Call(block.uevent_file, [] { return 0; });
}

int ReadAcpiUevent(Machine& machine, Task&) {
  return Call(machine.acpi_uevent_file, [&] {
    MutexLock nodes(machine.physical_node_lock);
    return 0;
  });
}

int WriteRemoveSelf(Machine& machine, Task& task, MemoryBlock& block, bool breaks_protection) {
  if (!block.state_file.Get()) return -ENODEV;
  if (breaks_protection) block.state_file.Put();
  const int result = RemoveMemory(machine, task, block);
  if (!breaks_protection) block.state_file.Put();
  return result;
}

}  // namespace lockdep::hotplug
