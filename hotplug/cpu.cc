#include "hotplug/cpu.h"

#include "hotplug/held_if.h"
#include "hotplug/node.h"

namespace lockdep::hotplug {
namespace {

// The slab allocators' cpu callbacks took slab_mutex until 5.11.
void SetCpu(Machine& machine, Task& task, bool online) {
  MutexLock adding(machine.cpu_add_remove_lock);
  machine.cpu_lock.Write(task);
  if (!online) {
    MutexLock stopping(machine.stop_cpus_mutex);  // takedown_cpu
  }
  if (online) {
    HeldIf pcp(machine.policy.pcp_lock, machine.pcp_batch_high_lock);  // page_alloc_cpu_online: zone_pcp_update
  }
  {
    HeldIf slab(machine.policy.slab != SlabLocks::kNone, machine.slab_mutex);
    machine.cpu1_online = online;
  }
  machine.cpu_lock.WriteUnlock(task);
}

}  // namespace

int CpuUp(Machine& machine, Task& task) {
  TryOnlineNode(machine, task);
  SetCpu(machine, task, true);
  return 0;
}

int CpuDown(Machine& machine, Task& task) {
  SetCpu(machine, task, false);
  return 0;
}

int ReadCpus(Machine& machine, Task& task) {
  machine.CpusReadLock(task);
  machine.CpusReadUnlock(task);
  return 0;
}

}  // namespace lockdep::hotplug
