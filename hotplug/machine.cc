#include "hotplug/machine.h"

#include <algorithm>
#include <cerrno>

#include "lockdep/check.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

// dev->mutex is of the class that is not validated: drivers/base/core.c, device_initialize.
constinit LockClass device_class{"dev->mutex", {.no_validate = true}};
constinit LockClass validated_device_class{"dev->mutex", {}};
// One key for each definition of an attribute, so all files of that name are one class: fs/sysfs/file.c.
constinit LockClass state_class{"kn(state)"};
constinit LockClass online_class{"kn(online)"};
constinit LockClass uevent_class{"kn(uevent)"};
constinit LockClass unbind_class{"kn(unbind)"};
constinit LockClass slab_file_class{"kn(slab)"};
constinit LockClass valid_zones_class{"kn(valid_zones)"};
constinit LockClass removable_class{"kn(removable)"};
constinit LockClass phys_index_class{"kn(phys_index)"};
constinit LockClass auto_online_class{"kn(auto_online_blocks)"};

LockClass& DeviceClass(const Policy& policy) { return policy.validate_devices ? validated_device_class : device_class; }

ActiveRef FileOf(const Policy& policy, LockClass& attribute, const std::string& name, bool exists) {
  if (policy.class_per_file) return ActiveRef(name.c_str(), exists);
  return ActiveRef(attribute, name.c_str(), exists);
}

// With a class for each file the name of the block tells the classes apart.
std::string FileName(const Policy& policy, const std::string& attribute, int number) {
  return (policy.class_per_file ? "kn(" + attribute + ")" : attribute) + " of block " + std::to_string(number);
}

}  // namespace

MemoryBlock::MemoryBlock(int number, int zone_index, BlockSetup setup, bool never_free, const Policy& policy)
    : id(number),
      zone(zone_index),
      dev_name("dev of block " + std::to_string(number)),
      state_name(FileName(policy, "state", number)),
      online_name(FileName(policy, "online", number)),
      uevent_name(FileName(policy, "uevent", number)),
      valid_zones_name(FileName(policy, "valid_zones", number)),
      removable_name(FileName(policy, "removable", number)),
      phys_index_name(FileName(policy, "phys_index", number)),
      state(setup == BlockSetup::kOnline ? BlockState::kOnline : BlockState::kOffline, "mem->state"),
      dev_offline(setup != BlockSetup::kOnline, "dev->offline"),
      exists(setup != BlockSetup::kAbsent, "memory block"),
      stays_busy(never_free),
      dev(DeviceClass(policy), dev_name.c_str()),
      state_file(FileOf(policy, state_class, state_name, setup != BlockSetup::kAbsent)),
      online_file(FileOf(policy, online_class, online_name, setup != BlockSetup::kAbsent)),
      uevent_file(FileOf(policy, uevent_class, uevent_name, setup != BlockSetup::kAbsent)),
      valid_zones_file(FileOf(policy, valid_zones_class, valid_zones_name, setup != BlockSetup::kAbsent)),
      removable_file(FileOf(policy, removable_class, removable_name, setup != BlockSetup::kAbsent)),
      phys_index_file(FileOf(policy, phys_index_class, phys_index_name, setup != BlockSetup::kAbsent)) {}

Machine::Machine(const MachineSetup& setup)
    : policy(setup.policy),
      memmap_on_memory(setup.memmap_on_memory),
      cpu_lock(policy.cpu_lock, {"cpu_hotplug_lock", "cpu_hotplug.lock", "cpu_hotplug_lock"}),
      memory_lock(policy.memory_lock, {"mem_hotplug_mutex", "mem_hotplug.lock", "mem_hotplug_lock"}),
      unbind_file(unbind_class, "unbind of dax0.0", true),
      slab_file(slab_file_class, "attribute of a cache", true),
      acpi_uevent_file(uevent_class, "uevent of an ACPI device", true),
      dax_dev(DeviceClass(policy), "dev of dax0.0"),
      cpu_online_file(online_class, "online of cpu 1", true),
      cpu_dev(DeviceClass(policy), "dev of cpu 1"),
      auto_online_file(auto_online_class, "auto_online_blocks", true),
      auto_online(setup.auto_online ? OnlineType::kKeep : OnlineType::kUnset, "memhp_default_online_type"),
      node_online(setup.node_online, "node_online_map") {
  for (const MachineSetup::Block& each : setup.blocks) {
    auto it = std::find_if(zones.begin(), zones.end(), [&](const auto& zone) { return zone->name == each.zone; });
    if (it == zones.end()) it = zones.insert(zones.end(), std::make_unique<Zone>(each.zone));
    if (each.setup == BlockSetup::kOnline) {
      (*it)->present += kPagesOfBlock;
      (*it)->spanned += kPagesOfBlock;
      node_has_memory = true;
      slab_node = true;
    }
    blocks.push_back(std::make_unique<MemoryBlock>(each.id, static_cast<int>(it - zones.begin()), each.setup,
                                                   each.stays_busy, policy));
  }
  for (const std::string& name : setup.caches) caches.push_back(std::make_unique<Cache>(name));
  for (const auto& [type, name] : setup.outside_locks) {
    outside_locks.push_back(std::make_unique<OutsideLock>(type, name));
  }
  for (const std::string& name : setup.outside_completions) {
    outside_completions.push_back(std::make_unique<Completion>(name.c_str()));
  }
}

OutsideLock::OutsideLock(LockType of, std::string called) : name(std::move(called)), type(of) {
  switch (type) {
    case LockType::kRwSem: semaphore = std::make_unique<RwSem>(name.c_str()); break;
    case LockType::kPercpuRwSem: percpu = std::make_unique<PercpuRwSem>(name.c_str()); break;
    default: mutex = std::make_unique<Mutex>(name.c_str()); break;
  }
}

void OutsideLock::Lock() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (mutex != nullptr) mutex->lock();
  if (semaphore != nullptr) semaphore->lock();
  if (percpu != nullptr) percpu->lock();
}
void OutsideLock::Unlock() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (mutex != nullptr) mutex->unlock();
  if (semaphore != nullptr) semaphore->unlock();
  if (percpu != nullptr) percpu->unlock();
}
void OutsideLock::Read() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  LOCKDEP_CHECK(mutex == nullptr);
  if (semaphore != nullptr) semaphore->lock_shared();
  if (percpu != nullptr) percpu->lock_shared();
}
void OutsideLock::ReadUnlock() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (semaphore != nullptr) semaphore->unlock_shared();
  if (percpu != nullptr) percpu->unlock_shared();
}

bool IsLockName(std::string_view name) {
  static constexpr std::string_view kNames[] = {"device_hotplug_lock",
                                                "cpu_hotplug_lock",
                                                "cpu_hotplug.lock",
                                                "mem_hotplug_lock",
                                                "mem_hotplug.lock",
                                                "mem_hotplug_mutex",
                                                "cpu_add_remove_lock",
                                                "memory_add_remove_lock",
                                                "mem_sysfs_mutex",
                                                "slab_mutex",
                                                "zonelists_mutex",
                                                "online_page_callback_lock",
                                                "stop_cpus_mutex",
                                                "acpi_scan_lock",
                                                "lru_add_drain_all.lock",
                                                "physical_node_lock",
                                                "dance_mutex",
                                                "pcp_batch_high_lock",
                                                "balloon_mutex",
                                                "dev->mutex",
                                                "memory_chain.rwsem",
                                                "kn(state)",
                                                "kn(online)",
                                                "kn(uevent)",
                                                "kn(unbind)",
                                                "kn(slab)",
                                                "kn(valid_zones)",
                                                "kn(removable)",
                                                "kn(phys_index)",
                                                "kn(auto_online_blocks)",
                                                "node_chain.rwsem",
                                                "sclp_mem_mutex",
                                                "ol_waitevent",
                                                "the hotplug writer"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         name.find(" of block ") != std::string_view::npos;
}

MemoryBlock& Machine::block(int id) {
  const auto it = std::find_if(blocks.begin(), blocks.end(), [&](const auto& each) { return each->id == id; });
  LOCKDEP_CHECK(it != blocks.end());
  return **it;
}

Cache& Machine::cache(const std::string& name) {
  const auto it = std::find_if(caches.begin(), caches.end(), [&](const auto& each) { return each->name == name; });
  LOCKDEP_CHECK(it != caches.end());
  return **it;
}

void Machine::CheckAtRest() {
  std::vector<std::int64_t> present(zones.size(), 0);
  for (const auto& block : blocks) {
    const std::string name = "block " + std::to_string(block->id);
    const bool online = block->state == BlockState::kOnline;
    explore::Check(block->state != BlockState::kGoingOffline, "I3: " + name + " is left going-offline");
    if (!block->exists) {
      explore::Check(!online, "I4: " + name + " was removed and is online");
      continue;
    }
    if (online) present[static_cast<std::size_t>(block->zone)] += kPagesOfBlock;
  }
  for (std::size_t i = 0; i < zones.size(); ++i) {
    explore::Check(zones[i]->present == present[i],
                   "I1: the present pages of zone " + zones[i]->name + " are not those of its online blocks");
  }
  for (const auto& block : blocks) {
    const bool online = block->state == BlockState::kOnline;
    explore::Check(!block->exists || online != block->dev_offline,
                   "I2: block " + std::to_string(block->id) + " and its device disagree about whether it is online");
  }
  for (const auto& cache : caches) {
    explore::Check(!cache->alive || !node_has_memory || cache->has_node,
                   "I7: cache " + cache->name + " has no entry for a node with memory");
  }
}

}  // namespace lockdep::hotplug
