#include "hotplug/memory_hotplug.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>

#include "hotplug/begin_if.h"
#include "hotplug/held_if.h"
#include "hotplug/node.h"
#include "hotplug/pages.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

void CheckErrors(int error) {
  constexpr int kErrors[] = {0, -EPERM, -EBUSY, -EINVAL, -ENOMEM, -EAGAIN, -EINTR};
  const bool known = std::find(std::begin(kErrors), std::end(kErrors), error) != std::end(kErrors);
  explore::Check(known, "I8: the operation returns " + std::to_string(error));
}

// device_register: from the moment when user space is told, before the device is locked for its driver, it can
// write to the new files.  (drivers/base/core.c: device_add sends KOBJ_ADD, then bus_probe_device.)
void CreateDevice(Machine& machine, MemoryBlock& block) {
  block.state.WriteOnce(BlockState::kOffline);
  block.exists.WriteOnce(true);
  block.state_file.Create();
  block.online_file.Create();
  block.uevent_file.Create();
  block.valid_zones_file.Create();
  block.removable_file.Create();
  block.phys_index_file.Create();
  MutexLock probing(block.dev);
  (void)machine;
}

// device_del.
void DeleteDevice(MemoryBlock& block) {
  block.uevent_file.Drain();
  block.phys_index_file.Drain();
  block.state_file.Drain();
  block.removable_file.Drain();
  block.valid_zones_file.Drain();
  block.online_file.Drain();
  MutexLock releasing(block.dev);
  block.exists.WriteOnce(false);
}

int OfflineBlock(Machine& machine, Task& task, MemoryBlock& block) {
  if (block.state != BlockState::kOnline) return -EINVAL;
  block.state.WriteOnce(BlockState::kGoingOffline);
  const int error = MemoryBlockOffline(machine, task, block);
  block.state.WriteOnce(error == 0 ? BlockState::kOffline : BlockState::kOnline);
  return error;
}

bool IsOffline(const MemoryBlock& block) { return block.state == BlockState::kOffline; }

int RemoveOnline(Machine& machine) {
  explore::Check(machine.policy.remove_busy != RemoveBusy::kBug, "BUG: memory that is online is removed");
  return -EBUSY;
}

void DeleteBlockDevice(Machine& machine, MemoryBlock& block) {
  HeldIf sysfs(machine.policy.mem_sysfs_mutex, machine.mem_sysfs_mutex);
  DeleteDevice(block);
}

}  // namespace

int OnlineBlock(Machine& machine, Task& task, MemoryBlock& block) {
  if (block.state != BlockState::kOffline) return -EINVAL;
  // Until all is done it reads as offline: memory_block_change_state stores no MEM_GOING_ONLINE.
  const int error = MemoryBlockOnline(machine, task, block);
  block.state.WriteOnce(error == 0 ? BlockState::kOnline : BlockState::kOffline);
  return error;
}

int DeviceOnline(Machine& machine, Task& task, MemoryBlock& block) {
  MutexLock device(block.dev);
  if (!block.dev_offline) return 1;
  // memory_subsys_online: online by other means is well.
  const int error = block.state == BlockState::kOnline ? 0 : OnlineBlock(machine, task, block);
  block.online_type = OnlineType::kUnset;
  if (error == 0) block.dev_offline = false;
  CheckErrors(error);
  return error;
}

int DeviceOffline(Machine& machine, Task& task, MemoryBlock& block) {
  MutexLock device(block.dev);
  if (block.dev_offline) return 1;
  const int error = block.state == BlockState::kOffline ? 0 : OfflineBlock(machine, task, block);
  if (error == 0) block.dev_offline = true;
  CheckErrors(error);
  return error;
}

int AddMemoryGated(Machine& machine, Task& task, MemoryBlock& block) {
  const AutoOnline how = machine.policy.auto_online;
  const bool inside = how == AutoOnline::kInsideWithoutDevice || how == AutoOnline::kInsideWithDevice;
  // add_memory handed it on; add_memory_resource reads it at its end since.
  const bool wanted_inside = inside && machine.auto_online != OnlineType::kUnset;
  machine.Begin(task);
  if (block.exists.ReadOnce()) {  // register_memory_resource
    machine.Done(task);
    return -EEXIST;
  }
  const bool new_node = IsNewNode(machine);
  {
    HeldIf sysfs(machine.policy.mem_sysfs_mutex, machine.mem_sysfs_mutex);
    CreateDevice(machine, block);
  }
  if (new_node) RegisterNode(machine);
  if (wanted_inside && how == AutoOnline::kInsideWithoutDevice) OnlineBlock(machine, task, block);
  if (wanted_inside && how == AutoOnline::kInsideWithDevice) DeviceOnline(machine, task, block);
  machine.Done(task);
  if (how == AutoOnline::kAfterUnlock && machine.auto_online != OnlineType::kUnset) DeviceOnline(machine, task, block);
  return 0;  // whether it came online or not: the result of walk_memory_blocks is not looked at
}

int AddMemory(Machine& machine, Task& task, MemoryBlock& block) {
  const bool gate = machine.policy.add_gate == CallerGate::kAll && !task.holds_device_hotplug;
  if (gate) machine.LockDeviceHotplug(task);
  const int error = AddMemoryGated(machine, task, block);
  if (gate) machine.UnlockDeviceHotplug(task);
  return error;
}

int RemoveMemoryGated(Machine& machine, Task& task, MemoryBlock& block) {
  if (machine.policy.device_removal == DeviceRemoval::kInsideMemoryLock) {
    BeginIf writing(true, machine, task);
    if (!IsOffline(block)) return RemoveOnline(machine);
    DeleteBlockDevice(machine, block);
    return 0;
  }
  if (!IsOffline(block)) {
    if (machine.policy.remove_busy == RemoveBusy::kReturnsBusyUnlocksAnyway) machine.Done(task);
    return RemoveOnline(machine);
  }
  DeleteBlockDevice(machine, block);
  BeginIf writing(true, machine, task);  // arch_remove_memory, try_offline_node
  return 0;
}

int RemoveMemory(Machine& machine, Task& task, MemoryBlock& block) {
  const bool gate = machine.policy.remove_gate == CallerGate::kAll && !task.holds_device_hotplug;
  if (gate) machine.LockDeviceHotplug(task);
  const int error = RemoveMemoryGated(machine, task, block);
  if (gate) machine.UnlockDeviceHotplug(task);
  return error;
}

}  // namespace lockdep::hotplug
