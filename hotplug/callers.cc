#include "hotplug/callers.h"

#include <cerrno>
#include <chrono>

#include "hotplug/gate.h"
#include "hotplug/memory_hotplug.h"
#include "hotplug/pages.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
int AcpiEject(Machine& machine, Task& task, MemoryBlock& block) {
  Gate gate(machine.policy.remove_gate, machine, task);
  MutexLock scan(machine.acpi_scan_lock);
  if (!block.exists.ReadOnce()) return -ENODEV;
  {
    MutexLock nodes(machine.physical_node_lock);  // acpi_bus_offline
    // device_offline and nothing around it, also where `state` takes the memory hotplug lock for it (4.1 to 4.19).
    const int error = DeviceOffline(machine, task, block);
    if (error < 0) return error;
  }
  return RemoveMemoryGated(machine, task, block);
}

int AcpiInsert(Machine& machine, Task& task, MemoryBlock& block) {
  Gate gate(machine.policy.add_gate, machine, task);
  MutexLock scan(machine.acpi_scan_lock);
  return AddMemoryGated(machine, task, block);
}

int AcpiBootScan(Machine& machine, Task& task, MemoryBlock& block) {
  MutexLock scan(machine.acpi_scan_lock);
  return AddMemory(machine, task, block);
}

int BalloonHotAdd(Machine& machine, Task& task, MemoryBlock& block, HotAddWait wait) {
  Gate gate(wait.keeps_gate, machine, task);
  const int error = AddMemory(machine, task, block);
  if (error != 0 || !wait.waits) return error;
  if (wait.timed) {
    machine.block_online.WaitFor(std::chrono::seconds(5));
  } else {
    machine.block_online.Wait();
  }
  return 0;
}

int XenBalloonAdd(Machine& machine, Task& task, MemoryBlock& block,
                  bool drops_mutex) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  machine.balloon_mutex.lock();
  if (drops_mutex) machine.balloon_mutex.unlock();
  const int error = AddMemory(machine, task, block);
  if (drops_mutex) machine.balloon_mutex.lock();
  machine.balloon_mutex.unlock();
  return error;
}

int OfflineAndRemove(Machine& machine, Task& task, MemoryBlock& block) {
  Gate gate(machine.policy.remove_gate, machine, task);
  if (!block.exists.ReadOnce()) return -ENODEV;
  const int offline = DeviceOffline(machine, task, block);
  if (offline < 0) return offline;
  const int error = RemoveMemoryGated(machine, task, block);
  if (error != 0 && offline == 0) DeviceOnline(machine, task, block);
  return error;
}

int MemtraceOffline(Machine& machine, Task& task, MemoryBlock& block) {
  if (block.state != BlockState::kOnline) return -EINVAL;
  block.state.WriteOnce(BlockState::kGoingOffline);
  const int error = OfflinePages(machine, task, block);
  block.state.WriteOnce(error == 0 ? BlockState::kOffline : BlockState::kOnline);
  return error;
}

int KernelOnline(Machine& machine, Task& task, MemoryBlock& block, bool with_gate) {
  Gate gate(with_gate, machine, task);
  // The lookup: where the gate covers it, the block is still there when it is used.
  if (!block.exists.ReadOnce()) return -ENODEV;
  const int result = DeviceOnline(machine, task, block);
  return result > 0 ? 0 : result;
}

int DaxUnbind(Machine& machine, Task& task, MemoryBlock& block) {
  if (!machine.unbind_file.Get()) return -ENODEV;
  int error = 0;
  {
    MutexLock device(machine.dax_dev);
    error = RemoveMemory(machine, task, block);
  }
  machine.unbind_file.Put();
  return error;
}

int ScanMemory(Machine& machine, Task& task, MemoryBlock& block) {
  machine.GetMems(task);
  Zone& zone = machine.zone_of(block);
  const std::int64_t present = zone.present;
  explore::Check(zone.present == present, "I6: memory comes or goes under get_online_mems");
  machine.PutMems(task);
  return 0;
}

int ScanMemoryTwice(Machine& machine, Task& task) {
  machine.GetMems(task);
  machine.GetMems(task);
  machine.PutMems(task);
  machine.PutMems(task);
  return 0;
}

int ScanMemoryThenCpus(Machine& machine, Task& task) {
  machine.GetMems(task);
  machine.CpusReadLock(task);
  machine.CpusReadUnlock(task);
  machine.PutMems(task);
  return 0;
}

int SetPageCallback(Machine& machine, Task& task, int callback) {
  machine.GetMems(task);
  int error = 0;
  {
    MutexLock swapping(machine.online_page_callback_lock);
    if (machine.page_callback != 0 && callback != 0) {
      error = -EINVAL;
    } else {
      machine.page_callback = callback;
    }
  }
  machine.PutMems(task);
  return error;
}

int SignalOfflining(Machine&, Task&, MemoryBlock& block) {
  block.signalled.WriteOnce(true);
  return 0;
}

int RegisterCallback(Machine& machine, Task&) {
  MemoryCallback callback;
  callback.name = "late";
  callback.call = [](Task&, MemoryEvent) { return Answer::Ok(); };
  machine.chain.Register(std::move(callback));
  return 0;
}

int WriteMems(Machine& machine, Task& task, bool stops_machine) {
  machine.Begin(task);
  if (stops_machine) StopMachine(machine, task);
  machine.Done(task);
  return 0;
}

}  // namespace lockdep::hotplug
