// The locking rules of memory hotplug, one set for each era of the Linux kernel, as data.
//
// A policy is one column of the table in policy.cc, where each cell names the commit that made it so.  The operations
// (memory_hotplug.h, sysfs.h, callers.h) ask the policy for everything that differed between the eras and for nothing
// else, so that a fix of history is one field here.  Any field can be set by name: `policy v5.3 store-gate=none`.
//
// Plain data; thread-safe as such.
#ifndef HOTPLUG_POLICY_H_
#define HOTPLUG_POLICY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockdep::hotplug {

// What a hotplug lock is made of (hotplug_lock.h).
enum class LockForm : std::uint8_t { kMutex, kHomebrew, kRwSem, kPercpu };
// How a sysfs store takes device_hotplug_lock.
enum class StoreGate : std::uint8_t { kNone, kBlocking, kTry };
// Who takes device_hotplug_lock around adding or removing memory: nobody, some callers (ACPI, dlpar), all.
enum class CallerGate : std::uint8_t { kNone, kSome, kAll };
enum class ProbeGate : std::uint8_t { kNone, kTry, kTryUnlocksAnyway };
// Where onlining and offlining by the `online` attribute take the memory hotplug lock.
enum class OnlineLock : std::uint8_t { kNone, kInside };
// In which order the `state` attribute takes it and the device's lock.
enum class StateOrder : std::uint8_t { kDeviceFirst, kMemoryFirst };
// Where removal deletes the devices of the memory blocks, which waits for users of their sysfs files.
enum class DeviceRemoval : std::uint8_t { kInsideMemoryLock, kBeforeMemoryLock };
// What build_all_zonelists and lru_add_drain_all do about cpus.
enum class CpuNeed : std::uint8_t { kNone, kTakesCpuLock, kAssumesCpuLock };
enum class SlabLocks : std::uint8_t { kNone, kCpu, kCpuAndMemory, kSlabThenMemory };
enum class AutoOnline : std::uint8_t { kNone, kInsideWithoutDevice, kInsideWithDevice, kAfterUnlock };
// Removing memory of which some is online.
enum class RemoveBusy : std::uint8_t { kBug, kReturnsBusy, kReturnsBusyUnlocksAnyway };

// Memmap on memory: where a block's own struct pages, which lie in the block, are initialised and counted.
enum class MemmapLock : std::uint8_t { kNone, kOutside, kInside };
// What ends an offlining whose pages do not get free.
enum class OfflineEnds : std::uint8_t { kTimeout, kSignal };
// Whether try_online_node asks if the node is online before it takes the memory hotplug lock, or with it.
enum class NodeCheck : std::uint8_t { kUnlocked, kLocked };
// `removable` looks at the pages of the block, or is always 1.
enum class Removable : std::uint8_t { kWalks, kConstant };

struct Policy {
  std::string name;  // the kernel version that began the era

  LockForm memory_lock = LockForm::kPercpu;
  LockForm cpu_lock = LockForm::kPercpu;
  bool memory_add_remove_lock = false;
  bool begin_takes_cpu = true;
  StoreGate store_gate = StoreGate::kTry;
  CallerGate add_gate = CallerGate::kAll;
  CallerGate remove_gate = CallerGate::kAll;
  ProbeGate probe_gate = ProbeGate::kTry;
  OnlineLock online_lock = OnlineLock::kInside;
  StateOrder state_order = StateOrder::kDeviceFirst;
  DeviceRemoval device_removal = DeviceRemoval::kInsideMemoryLock;
  bool mem_sysfs_mutex = false;
  CpuNeed zonelists = CpuNeed::kNone;
  CpuNeed lru_drain = CpuNeed::kNone;
  bool pcp_lock = true;  // pcp_batch_high_lock, held over an offlining
  SlabLocks slab = SlabLocks::kNone;
  AutoOnline auto_online = AutoOnline::kAfterUnlock;
  RemoveBusy remove_busy = RemoveBusy::kReturnsBusy;
  bool span_rollback = true;
  MemmapLock memmap_lock = MemmapLock::kInside;
  bool prepare_events = false;  // PREPARE_ONLINE and FINISH_OFFLINE
  bool node_events = false;     // the chain of nodes
  OfflineEnds offline_ends = OfflineEnds::kSignal;
  NodeCheck node_check = NodeCheck::kLocked;
  bool valid_zones = true;  // there is such an attribute
  Removable removable = Removable::kConstant;
  bool auto_online_zones = true;  // `auto_online_blocks` knows online_kernel and online_movable
  // Not of an era: whether the validator sees device locks, and files of one attribute as one class.
  bool validate_devices = false;
  bool class_per_file = false;
};

// The nine eras, oldest first.
const std::vector<Policy>& Policies();
absl::StatusOr<Policy> FindPolicy(std::string_view name);

// One field of a policy, by the names of scripts.
struct PolicyField {
  std::string_view name;
  std::vector<std::string_view> values;
  std::string_view (*get)(const Policy& policy);
  void (*set)(Policy& policy, std::string_view value);  // REQUIRES: one of `values`
};
const std::vector<PolicyField>& PolicyFields();
// `gate` stands for store-gate, add-gate, remove-gate and probe-gate together: `off` is none for each of them.
absl::Status SetField(Policy& policy, std::string_view field, std::string_view value);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_POLICY_H_
