#include "hotplug/pages.h"

#include <cerrno>
#include <string>
#include <thread>

#include "hotplug/begin_if.h"
#include "hotplug/held_if.h"
#include "lockdep/explore/explore.h"
#include "lockdep/scheduler.h"

namespace lockdep::hotplug {
namespace {

bool LocksInside(const Machine& machine) { return machine.policy.online_lock == OnlineLock::kInside; }
// Up in memory_block_online, or down in online_pages.
bool LocksBlock(const Machine& machine) {
  return LocksInside(machine) && machine.policy.memmap_lock == MemmapLock::kInside;
}
bool LocksPages(const Machine& machine) { return LocksInside(machine) && !LocksBlock(machine); }

// build_all_zonelists, run when a zone becomes populated or empty.
void BuildAllZonelists(Machine& machine, Task& task) {
  if (machine.policy.zonelists == CpuNeed::kNone) return;
  MutexLock zonelists(machine.zonelists_mutex);
  StopMachine(machine, task);
}

void MoveSpan(Machine& machine, MemoryBlock& block, std::int64_t pages) { machine.zone_of(block).spanned += pages; }

bool HasMemmap(const Machine& machine) {
  return machine.memmap_on_memory && machine.policy.memmap_lock != MemmapLock::kNone;
}
std::int64_t PagesBesideMemmap(const Machine& machine) {
  return kPagesOfBlock - (HasMemmap(machine) ? kMemmapPages : 0);
}

// Storage that is not assigned cannot be read or written.
void CheckAccessible(const MemoryBlock& block) {
  explore::Check(!block.standby.ReadOnce(), "BUG: storage of block " + std::to_string(block.id) + " is not assigned");
}

// mhp_init_memmap_on_memory and its counterpart; the pages are counted apart, after the others.
void InitMemmap(Machine& machine, MemoryBlock& block) {
  CheckAccessible(block);
  MoveSpan(machine, block, kMemmapPages);
}
void DeinitMemmap(Machine& machine, MemoryBlock& block) { MoveSpan(machine, block, -kMemmapPages); }

std::int64_t PresentPages(const Machine& machine) {
  std::int64_t present = 0;
  for (const auto& zone : machine.zones) present += zone->present.Read();
  return present;
}

// --- Events ---------------------------------------------------------------------------------------------

int NotifyNode(Machine& machine, Task& task, MemoryEvent event) {
  return machine.policy.node_events ? machine.node_chain.Notify(task, event) : 0;
}

// The chain of nodes first.  What fails is taken back from all, also from who never heard of it.
int NotifyGoingOnline(Machine& machine, Task& task) {
  const bool first = machine.policy.node_events && !machine.node_has_memory.ReadOnce();
  int error = first ? NotifyNode(machine, task, MemoryEvent::kAddingFirst) : 0;
  if (error == 0) error = machine.chain.Notify(task, MemoryEvent::kGoingOnline);
  if (error == 0) return 0;
  machine.chain.Notify(task, MemoryEvent::kCancelOnline);
  if (first) NotifyNode(machine, task, MemoryEvent::kCancelAddingFirst);
  return error;
}

void NotifyCancelOffline(Machine& machine, Task& task, bool last) {
  machine.chain.Notify(task, MemoryEvent::kCancelOffline);
  if (last) NotifyNode(machine, task, MemoryEvent::kCancelRemovingLast);
}

int NotifyGoingOffline(Machine& machine, Task& task, bool last) {
  int error = last ? NotifyNode(machine, task, MemoryEvent::kRemovingLast) : 0;
  if (error == 0) error = machine.chain.Notify(task, MemoryEvent::kGoingOffline);
  if (error != 0) NotifyCancelOffline(machine, task, last);
  return error;
}

// --- Emptying -------------------------------------------------------------------------------------------

// Round and round until a signal comes: scan_movable_pages and do_migrate_range.
int MigrateForEver(MemoryBlock& block) {
  explore::Mark();
  while (!block.signalled.ReadOnce()) {
    if (CurrentScheduler() == nullptr) std::this_thread::yield();
    explore::Restart();
  }
  return -EINTR;
}

int EmptyPages(Machine& machine, Task& task, MemoryBlock& block) {
  LruAddDrainAll(machine, task);
  if (!block.stays_busy) return 0;
  if (machine.policy.offline_ends == OfflineEnds::kSignal) return MigrateForEver(block);
  return block.signalled.ReadOnce() ? -EINTR : -EAGAIN;
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
  BeginIf writing(LocksPages(machine), machine, task);
  Zone& zone = machine.zone_of(block);
  const std::int64_t pages = PagesBesideMemmap(machine);
  MoveSpan(machine, block, pages);
  if (const int error = NotifyGoingOnline(machine, task); error != 0) {
    if (machine.policy.span_rollback) MoveSpan(machine, block, -pages);
    return error;
  }
  if (zone.present == 0) BuildAllZonelists(machine, task);
  const int callback = machine.page_callback;
  HeldIf ballooning(machine.balloon_callback, machine.balloon_mutex);
  explore::Check(block.exists.ReadOnce(), "I4: the pages of a block that was removed go online");
  CheckAccessible(block);
  zone.present += pages;
  const bool first = !machine.node_has_memory.ReadOnce();
  machine.node_has_memory.WriteOnce(true);
  explore::Check(machine.page_callback == callback, "I11: the pages of one block go online through two callbacks");
  if (first) NotifyNode(machine, task, MemoryEvent::kAddedFirst);
  machine.chain.Notify(task, MemoryEvent::kOnline);
  return 0;
}

int OfflinePages(Machine& machine, Task& task, MemoryBlock& block) {
  BeginIf writing(LocksPages(machine), machine, task);
  Zone& zone = machine.zone_of(block);
  const std::int64_t pages = PagesBesideMemmap(machine);
  HeldIf pcp(machine.policy.pcp_lock, machine.pcp_batch_high_lock);
  const bool last = machine.policy.node_events && PresentPages(machine) <= pages;
  if (const int error = NotifyGoingOffline(machine, task, last); error != 0) return error;
  if (const int error = EmptyPages(machine, task, block); error != 0) {
    NotifyCancelOffline(machine, task, last);
    return error;
  }
  zone.present -= pages;
  if (zone.present == 0) {
    BuildAllZonelists(machine, task);
    if (PresentPages(machine) == 0) machine.node_has_memory.WriteOnce(false);
  }
  if (last) NotifyNode(machine, task, MemoryEvent::kRemovedLast);
  machine.chain.Notify(task, MemoryEvent::kOffline);
  return 0;
}

int MemoryBlockOnline(Machine& machine, Task& task, MemoryBlock& block) {
  task.block = &block;
  BeginIf writing(LocksBlock(machine), machine, task);
  if (machine.policy.prepare_events) {
    const int error = machine.chain.Notify(task, MemoryEvent::kPrepareOnline);
    if (error != 0) return error;
  }
  const bool memmap = HasMemmap(machine);
  if (memmap) InitMemmap(machine, block);
  const int error = OnlinePages(machine, task, block);
  if (error == 0) {
    if (memmap) machine.zone_of(block).present += kMemmapPages;
    return 0;
  }
  if (memmap) DeinitMemmap(machine, block);
  if (machine.policy.prepare_events) machine.chain.Notify(task, MemoryEvent::kFinishOffline);
  return error;
}

int MemoryBlockOffline(Machine& machine, Task& task, MemoryBlock& block) {
  task.block = &block;
  BeginIf writing(LocksBlock(machine), machine, task);
  const bool memmap = HasMemmap(machine);
  if (memmap) machine.zone_of(block).present -= kMemmapPages;
  const int error = OfflinePages(machine, task, block);
  if (error != 0) {
    if (memmap) machine.zone_of(block).present += kMemmapPages;
    return error;
  }
  if (memmap) DeinitMemmap(machine, block);
  if (machine.policy.prepare_events) machine.chain.Notify(task, MemoryEvent::kFinishOffline);
  return 0;
}

}  // namespace lockdep::hotplug
