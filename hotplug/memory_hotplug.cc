#include "hotplug/memory_hotplug.h"

#include <cerrno>
#include <string>

#include "hotplug/held_if.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

// The memory hotplug lock inside online_pages and offline_pages, where the policy has it there.
class BeginIf {
 public:
  LOCKDEP_HOT BeginIf(bool begin, Machine& machine, Task& task) : begin_(begin), machine_(machine), task_(task) {
    if (begin_) machine_.Begin(task_);
  }
  LOCKDEP_HOT ~BeginIf() {
    if (begin_) machine_.Done(task_);
  }
  BeginIf(const BeginIf&) = delete;
  BeginIf& operator=(const BeginIf&) = delete;

 private:
  const bool begin_;
  Machine& machine_;
  Task& task_;
};

bool LocksInside(const Machine& machine) { return machine.policy.online_lock == OnlineLock::kInside; }

// build_all_zonelists, run when a zone becomes populated or empty.
void BuildAllZonelists(Machine& machine, Task& task) {
  if (machine.policy.zonelists == CpuNeed::kNone) return;
  MutexLock zonelists(machine.zonelists_mutex);
  StopMachine(machine, task);
}

void CheckErrors(int error) {
  explore::Check(error == 0 || error == -EPERM || error == -EBUSY || error == -EINVAL || error == -ENOMEM,
                 "I8: the operation returns " + std::to_string(error));
}

void MoveSpan(Machine& machine, MemoryBlock& block, std::int64_t pages) { machine.zone_of(block).spanned += pages; }

int OfflineBlock(Machine& machine, Task& task, MemoryBlock& block) {
  if (block.state != BlockState::kOnline) return -EINVAL;
  block.state.WriteOnce(BlockState::kGoingOffline);
  const int error = OfflinePages(machine, task, block);
  block.state.WriteOnce(error == 0 ? BlockState::kOffline : BlockState::kOnline);
  return error;
}

// device_register: from the moment when user space is told, before the device is locked for its driver, it can
// write to the new files.  (drivers/base/core.c: device_add sends KOBJ_ADD, then bus_probe_device.)
void CreateDevice(Machine& machine, MemoryBlock& block) {
  block.state.WriteOnce(BlockState::kOffline);
  block.exists.WriteOnce(true);
  block.state_file.Create();
  block.online_file.Create();
  block.uevent_file.Create();
  MutexLock probing(block.dev);
  (void)machine;
}

// device_del.
void DeleteDevice(MemoryBlock& block) {
  block.uevent_file.Drain();
  block.state_file.Drain();
  block.online_file.Drain();
  MutexLock releasing(block.dev);
  block.exists.WriteOnce(false);
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

void StopMachine(Machine& machine, Task& task) {
  const bool takes = machine.policy.zonelists != CpuNeed::kAssumesCpuLock;
  if (takes) {
    machine.CpusReadLock(task);
  } else {
    // stop_machine_cpuslocked: lockdep_assert_cpus_held.
    explore::Check(task.cpu_reads > 0, "stop_machine_cpuslocked: the cpu hotplug lock is not held");
  }
  { MutexLock stopping(machine.stop_cpus_mutex); }
  if (takes) machine.CpusReadUnlock(task);
}

void LruAddDrainAll(Machine& machine, Task& task) {
  const bool takes = machine.policy.lru_drain == CpuNeed::kTakesCpuLock;
  if (takes) machine.CpusReadLock(task);
  {
    MutexLock draining(machine.lru_mutex);
    // With the lock held, or believed to be held, the cpus that are online stay so while work is queued on them.
    if (machine.policy.lru_drain != CpuNeed::kNone) {
      const bool online = machine.cpu1_online;
      (void)online;
    }
  }
  if (takes) machine.CpusReadUnlock(task);
}

int OnlinePages(Machine& machine, Task& task, MemoryBlock& block) {
  BeginIf writing(LocksInside(machine), machine, task);
  Zone& zone = machine.zone_of(block);
  MoveSpan(machine, block, kPagesOfBlock);
  if (const int error = machine.chain.Notify(task, MemoryEvent::kGoingOnline); error != 0) {
    machine.chain.Notify(task, MemoryEvent::kCancelOnline);
    if (machine.policy.span_rollback) MoveSpan(machine, block, -kPagesOfBlock);
    return error;
  }
  if (zone.present == 0) BuildAllZonelists(machine, task);
  const int callback = machine.page_callback;
  HeldIf ballooning(machine.balloon_callback, machine.balloon_mutex);
  explore::Check(block.exists.ReadOnce(), "I4: the pages of a block that was removed go online");
  zone.present += kPagesOfBlock;
  machine.node_has_memory.WriteOnce(true);
  explore::Check(machine.page_callback == callback, "I11: the pages of one block go online through two callbacks");
  machine.chain.Notify(task, MemoryEvent::kOnline);
  return 0;
}

int OfflinePages(Machine& machine, Task& task, MemoryBlock& block) {
  BeginIf writing(LocksInside(machine), machine, task);
  Zone& zone = machine.zone_of(block);
  HeldIf pcp(machine.policy.pcp_lock, machine.pcp_batch_high_lock);
  if (const int error = machine.chain.Notify(task, MemoryEvent::kGoingOffline); error != 0) {
    machine.chain.Notify(task, MemoryEvent::kCancelOffline);
    return error;
  }
  LruAddDrainAll(machine, task);
  zone.present -= kPagesOfBlock;
  if (zone.present == 0) BuildAllZonelists(machine, task);
  machine.chain.Notify(task, MemoryEvent::kOffline);
  return 0;
}

int OnlineBlock(Machine& machine, Task& task, MemoryBlock& block) {
  if (block.state != BlockState::kOffline) return -EINVAL;
  // Until all is done it reads as offline: memory_block_change_state stores no MEM_GOING_ONLINE.
  const int error = OnlinePages(machine, task, block);
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
  machine.Begin(task);
  if (block.exists.ReadOnce()) {  // register_memory_resource
    machine.Done(task);
    return -EEXIST;
  }
  {
    HeldIf sysfs(machine.policy.mem_sysfs_mutex, machine.mem_sysfs_mutex);
    CreateDevice(machine, block);
  }
  int error = 0;
  if (machine.auto_online) {
    if (machine.policy.auto_online == AutoOnline::kInsideWithoutDevice) error = OnlineBlock(machine, task, block);
    if (machine.policy.auto_online == AutoOnline::kInsideWithDevice) error = DeviceOnline(machine, task, block);
  }
  machine.Done(task);
  if (machine.auto_online && machine.policy.auto_online == AutoOnline::kAfterUnlock) {
    error = DeviceOnline(machine, task, block);
  }
  return error < 0 ? error : 0;
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
