// A machine whose memory comes and goes: its memory blocks, zones, cpus and caches, and the locks of the subsystem.
//
// The operations on it are memory_hotplug.h (online, offline, add, remove), sysfs.h (the files of user space), cpu.h,
// slab.h, callbacks.h and callers.h (who else adds and removes memory).  They run on real threads and, unchanged, under
// lockdep::explore: all that threads share is a lock of lockdep/ or an explore::Var.
//
// A Var that is accessed plainly is one that the kernel guards by a lock, so an unordered access is a data race.
//
// Invariants, checked by operations where they can break, and by CheckAtRest when all threads have ended:
//   I1   a zone's present pages are those of its blocks that are online
//   I2   a block's state is online if and only if its device is not offline
//   I3   a block's state is online, offline or, only while its device is locked, going-offline
//   I4   a block that was removed has no online pages, and nobody brings it online
//   I5   callbacks see events in pairs (notifier.h)
//   I6   memory that get_online_mems protects stays
//   I7   every cache has an entry for every node with memory
//   I8   an attribute returns only the errors that it can
//   I11  the pages of one block go online through one callback
// Unlocks by others (I9), locks held at the end (I10), hangs and livelocks (I12) are found by the explorer itself.
//
// Thread-compatible: made before the threads that use it, and ended after them.
#ifndef HOTPLUG_MACHINE_H_
#define HOTPLUG_MACHINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hotplug/active_ref.h"
#include "hotplug/hotplug_lock.h"
#include "hotplug/notifier.h"
#include "hotplug/policy.h"
#include "hotplug/task.h"
#include "lockdep/explore/var.h"
#include "lockdep/lockdep.h"

namespace lockdep::hotplug {

inline constexpr std::int64_t kPagesOfBlock = 32768;  // 128 MiB of 4 KiB pages, as x86 has it
inline constexpr std::int64_t kMemmapPages = 512;     // of 64 bytes for each page

// MEM_GOING_ONLINE is an event of the notifier chain, never a state.  (drivers/base/memory.c)
enum class BlockState : std::uint8_t { kOffline, kOnline, kGoingOffline };

// MMOP_*: what the next onlining is for; of the default for added memory, kUnset is offline.
enum class OnlineType : std::uint8_t { kUnset, kKeep, kKernel, kMovable };

struct Zone {
  explicit Zone(std::string of) : name(std::move(of)) {}
  const std::string name;
  explore::Var<std::int64_t> present{0, "zone->present_pages"};
  explore::Var<std::int64_t> spanned{0, "zone->spanned_pages"};
};

enum class BlockSetup : std::uint8_t { kOffline, kOnline, kAbsent };

struct MemoryBlock {
  MemoryBlock(int number, int zone_index, BlockSetup setup, bool stays_busy, const Policy& policy);

  const int id;
  const int zone;
  // "state of block 1"
  const std::string dev_name, state_name, online_name, uevent_name, valid_zones_name, removable_name, phys_index_name;
  explore::Var<BlockState> state;
  explore::Var<bool> dev_offline;
  explore::Var<OnlineType> online_type{OnlineType::kUnset, "mem->online_type"};
  explore::Var<bool> exists;
  // The storage behind it is not assigned: who touches it, faults.  (s390)
  explore::Var<bool> standby{false, "standby storage"};
  // A signal for who offlines it; only if that would not end by itself (MachineSetup::Block::stays_busy).
  explore::Var<bool> signalled{false, "signal_pending"};
  const bool stays_busy;
  Mutex dev;
  ActiveRef state_file;
  ActiveRef online_file;
  ActiveRef uevent_file;
  ActiveRef valid_zones_file;
  ActiveRef removable_file;
  ActiveRef phys_index_file;
};

struct Cache {
  explicit Cache(std::string of) : name(std::move(of)) {}
  const std::string name;
  explore::Var<bool> alive{false, "cache"};
  explore::Var<bool> has_node{false, "kmem_cache_node"};  // of the one node
};

// A lock of the script, for what lies outside of the subsystem.
struct OutsideLock {
  OutsideLock(LockType of, std::string called);

  void Lock();
  void Read();
  void Unlock();
  void ReadUnlock();

  const std::string name;
  const LockType type;  // a mutex, a rwsem or a percpu one
  std::unique_ptr<Mutex> mutex;
  std::unique_ptr<RwSem> semaphore;
  std::unique_ptr<PercpuRwSem> percpu;
};

struct MachineSetup {
  struct Block {
    int id = 1;
    BlockSetup setup = BlockSetup::kOffline;
    std::string zone = "Normal";
    bool stays_busy = false;  // its pages do not get free, so an offlining goes on
  };
  Policy policy;
  std::vector<Block> blocks;
  std::vector<std::string> caches;
  std::vector<std::pair<LockType, std::string>> outside_locks;
  std::vector<std::string> outside_completions;
  bool auto_online = false;
  bool memmap_on_memory = false;  // the module parameter of that name
  bool node_online = true;        // false: the node has neither memory nor a cpu that was ever up
};

// Whether a machine may have a lock that findings call so.
bool IsLockName(std::string_view name);

class Machine {
 public:
  explicit Machine(const MachineSetup& setup);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // mem_hotplug_begin and mem_hotplug_done.
  void Begin(Task& task);
  void Done(Task& task);
  // get_online_mems, put_online_mems; cpus_read_lock, cpus_read_unlock.
  void GetMems(Task& task);
  void PutMems(Task& task);
  void CpusReadLock(Task& task);
  void CpusReadUnlock(Task& task);
  // lock_device_hotplug.
  void LockDeviceHotplug(Task& task);
  bool TryLockDeviceHotplug(Task& task);
  void UnlockDeviceHotplug(Task& task);

  // dance_mutex, by who is not a callback: the worker of a balloon.
  void LockDance(Task& task);
  void UnlockDance(Task& task);

  MemoryBlock& block(int id);
  Zone& zone_of(const MemoryBlock& block) { return *zones[static_cast<std::size_t>(block.zone)]; }
  Cache& cache(const std::string& name);

  // REQUIRES: nobody does anything any more.
  void CheckAtRest();

  const Policy policy;
  const bool memmap_on_memory;

  Mutex device_hotplug_lock{"device_hotplug_lock"};
  HotplugLock cpu_lock;
  HotplugLock memory_lock;
  Mutex cpu_add_remove_lock{"cpu_add_remove_lock"};
  Mutex memory_add_remove_lock{"memory_add_remove_lock"};
  Mutex mem_sysfs_mutex{"mem_sysfs_mutex"};
  Mutex online_page_callback_lock{"online_page_callback_lock"};
  Mutex slab_mutex{"slab_mutex"};
  Mutex zonelists_mutex{"zonelists_mutex"};
  Mutex stop_cpus_mutex{"stop_cpus_mutex"};
  Mutex lru_mutex{"lru_add_drain_all.lock"};
  Mutex pcp_batch_high_lock{"pcp_batch_high_lock"};
  Mutex acpi_scan_lock{"acpi_scan_lock"};
  Mutex physical_node_lock{"physical_node_lock"};
  Mutex dance_mutex{"dance_mutex"};  // of callbacks that hold one from GOING to the end
  Mutex balloon_mutex{"balloon_mutex"};
  Mutex sclp_mem_mutex{"sclp_mem_mutex"};
  ActiveRef unbind_file;       // of a dax device's driver
  ActiveRef slab_file;         // of the caches
  ActiveRef acpi_uevent_file;  // of an ACPI device
  Mutex dax_dev;
  ActiveRef cpu_online_file;  // of the cpu that goes up and down
  Mutex cpu_dev;
  ActiveRef auto_online_file;  // auto_online_blocks
  Completion block_online{"ol_waitevent"};

  NotifierChain chain{"memory_chain.rwsem"};
  NotifierChain node_chain{"node_chain.rwsem"};
  std::vector<std::unique_ptr<Zone>> zones;
  std::vector<std::unique_ptr<MemoryBlock>> blocks;
  std::vector<std::unique_ptr<Cache>> caches;
  std::vector<std::unique_ptr<OutsideLock>> outside_locks;
  std::vector<std::unique_ptr<Completion>> outside_completions;
  explore::Var<bool> cpu1_online{true, "cpu_online_mask"};
  explore::Var<int> page_callback{0, "online_page_callback"};
  explore::Var<OnlineType> auto_online;
  explore::Var<bool> node_online;
  explore::Var<bool> node_has_memory{false, "N_MEMORY"};
  explore::Var<bool> slab_node{false, "slab_nodes"};  // SLUB's own record of it, under slab_mutex
  bool balloon_callback = false;                      // pages go online through xen_online_page
};

// --- Details: inlined, so that a report names the operation ------------------------------------------

LOCKDEP_HOT void Machine::Begin(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (policy.begin_takes_cpu) CpusReadLock(task);
  if (policy.memory_add_remove_lock) memory_add_remove_lock.lock();
  memory_lock.Write(task);
  task.holds_memory_write = true;
}

LOCKDEP_HOT void Machine::Done(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  task.holds_memory_write = false;
  memory_lock.WriteUnlock(task);
  if (policy.memory_add_remove_lock) memory_add_remove_lock.unlock();
  if (policy.begin_takes_cpu) CpusReadUnlock(task);
}

LOCKDEP_HOT void Machine::GetMems(Task& task) { memory_lock.Read(task); }
LOCKDEP_HOT void Machine::PutMems(Task& task) { memory_lock.ReadUnlock(task); }

LOCKDEP_HOT void Machine::CpusReadLock(Task& task) {
  cpu_lock.Read(task);
  ++task.cpu_reads;
}
LOCKDEP_HOT void Machine::CpusReadUnlock(Task& task) {
  --task.cpu_reads;
  cpu_lock.ReadUnlock(task);
}

LOCKDEP_HOT void Machine::LockDeviceHotplug(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  device_hotplug_lock.lock();
  task.holds_device_hotplug = true;
}
LOCKDEP_HOT bool Machine::TryLockDeviceHotplug(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  task.holds_device_hotplug = device_hotplug_lock.try_lock();
  return task.holds_device_hotplug;
}
LOCKDEP_HOT void Machine::UnlockDeviceHotplug(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  task.holds_device_hotplug = false;
  device_hotplug_lock.unlock();
}

LOCKDEP_HOT void Machine::LockDance(Task&) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { dance_mutex.lock(); }
LOCKDEP_HOT void Machine::UnlockDance(Task&) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { dance_mutex.unlock(); }

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_MACHINE_H_
