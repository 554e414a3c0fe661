#include "hotplug/policy.h"

#include <algorithm>
#include <array>

#include "lockdep/check.h"

namespace lockdep::hotplug {
namespace {

// The words of each type of field, by the value of the enumerator.
template <class Value>
struct Words;

#define HOTPLUG_WORDS(Value, ...)                                                \
  template <>                                                                    \
  struct Words<Value> {                                                          \
    static constexpr auto kAll = std::to_array<std::string_view>({__VA_ARGS__}); \
  }
HOTPLUG_WORDS(bool, "off", "on");
HOTPLUG_WORDS(LockForm, "mutex", "homebrew", "rwsem", "percpu");
HOTPLUG_WORDS(StoreGate, "none", "blocking", "try");
HOTPLUG_WORDS(CallerGate, "none", "some", "all");
HOTPLUG_WORDS(ProbeGate, "none", "try", "try-unlocks-anyway");
HOTPLUG_WORDS(OnlineLock, "none", "inside");
HOTPLUG_WORDS(StateOrder, "device-first", "memory-first");
HOTPLUG_WORDS(DeviceRemoval, "inside", "before");
HOTPLUG_WORDS(CpuNeed, "none", "takes", "assumes");
HOTPLUG_WORDS(SlabLocks, "none", "cpu", "cpu-and-memory", "slab-then-memory");
HOTPLUG_WORDS(AutoOnline, "none", "inside-without-device", "inside-with-device", "after");
HOTPLUG_WORDS(RemoveBusy, "bug", "busy", "busy-unlocks-anyway");
HOTPLUG_WORDS(MemmapLock, "none", "outside", "inside");
HOTPLUG_WORDS(OfflineEnds, "timeout", "signal");
HOTPLUG_WORDS(NodeCheck, "unlocked", "locked");
HOTPLUG_WORDS(Removable, "walks", "constant");
#undef HOTPLUG_WORDS

template <auto member>
PolicyField Field(std::string_view name) {
  using Value = std::remove_reference_t<decltype(Policy().*member)>;
  const auto& words = Words<Value>::kAll;
  PolicyField field;
  field.name = name;
  field.values.assign(words.begin(), words.end());
  field.get = [](const Policy& policy) { return Words<Value>::kAll[static_cast<std::size_t>(policy.*member)]; };
  field.set = [](Policy& policy, std::string_view value) {
    const auto& all = Words<Value>::kAll;
    const auto it = std::find(all.begin(), all.end(), value);
    LOCKDEP_CHECK(it != all.end());
    policy.*member = static_cast<Value>(it - all.begin());
  };
  return field;
}

// One line of the table: a field and its value in each era.
struct Row {
  std::string_view field;
  std::array<std::string_view, 9> values;
};

constexpr std::array<std::string_view, 9> kEras = {"v3.11", "v3.15", "v3.16", "v4.1", "v4.13",
                                                   "v4.20", "v5.3",  "v5.6",  "v6.8"};

// Each change of a value from one era to the next is the commit in the comment.
constexpr Row kTable[] = {
    // v3.16 bfc8c90139eb; v4.13 3f906ba23689.
    {"memory-lock", {"mutex", "mutex", "homebrew", "homebrew", "percpu", "percpu", "percpu", "percpu", "percpu"}},
    // v4.13 fc8dffd379ca.
    {"cpu-lock", {"homebrew", "homebrew", "homebrew", "homebrew", "percpu", "percpu", "percpu", "percpu", "percpu"}},
    // 55adc1d05dca put it into 4.11 and 4.12 only, within the era of v4.1.
    {"memory-add-remove-lock", {"off", "off", "off", "off", "off", "off", "off", "off", "off"}},
    // v4.13 3f906ba23689: mem_hotplug_begin takes cpus_read_lock first.
    {"begin-takes-cpu", {"off", "off", "off", "off", "on", "on", "on", "on", "on"}},
    // v3.12 5e33bc4165f3: lock_device_hotplug_sysfs.
    {"store-gate", {"blocking", "try", "try", "try", "try", "try", "try", "try", "try"}},
    // v3.11 4f3549d72d1b for ACPI; v4.20 8df1d0e4a265: add_memory takes device_hotplug_lock.
    {"add-gate", {"some", "some", "some", "some", "some", "all", "all", "all", "all"}},
    // v4.20 d15e59260f62: remove_memory takes it.
    {"remove-gate", {"some", "some", "some", "some", "some", "all", "all", "all", "all"}},
    // v4.20 8df1d0e4a265, whose failed try fell through to the unlock; right in 5.2.
    {"probe-gate", {"none", "none", "none", "none", "none", "try-unlocks-anyway", "try", "try", "try"}},
    // v4.1 30467e0b3be8 moved it out of online_pages and offline_pages; v4.20 381eab4a6ee8 moved it back.
    {"online-lock", {"inside", "inside", "inside", "none", "none", "inside", "inside", "inside", "inside"}},
    // v4.1 30467e0b3be8; v4.20 381eab4a6ee8.
    {"state-order",
     {"device-first", "device-first", "device-first", "memory-first", "memory-first", "device-first", "device-first",
      "device-first", "device-first"}},
    // v5.6 f1037ec0cc8a; v6.8 6b8f0798b85a.
    {"device-removal", {"inside", "inside", "inside", "inside", "inside", "inside", "inside", "before", "inside"}},
    // In use up to 5.3-rc1, gone in the reports of 5.5-rc3 (drivers/base/memory.c).
    {"mem-sysfs-mutex", {"on", "on", "on", "on", "on", "on", "on", "off", "off"}},
    // build_all_zonelists: v4.13 stop_machine_cpuslocked; 4.14 11cd8638c37f without stop_machine.
    {"zonelists", {"takes", "takes", "takes", "takes", "assumes", "none", "none", "none", "none"}},
    // lru_add_drain_all in offline_pages: v4.13 lru_add_drain_all_cpuslocked; 4.16 9852a7212324.
    {"lru-drain", {"takes", "takes", "takes", "takes", "assumes", "none", "none", "none", "none"}},
    // zone_pcp_disable in offline_pages, 5.11, within the era of v5.6.
    {"pcp-lock", {"off", "off", "off", "off", "off", "off", "off", "off", "on"}},
    // kmem_cache_create: v3.16 03afc0e25f7f; 5.12 7e1fa93deff4 and 59450bbc12be, within the era of v5.6.
    {"slab",
     {"cpu", "cpu", "cpu-and-memory", "cpu-and-memory", "cpu-and-memory", "cpu-and-memory", "cpu-and-memory",
      "cpu-and-memory", "none"}},
    // 4.6 memory_block_change_state in add_memory_resource; by 4.19 device_online; v4.20 8df1d0e4a265: after
    // mem_hotplug_done.
    {"auto-online",
     {"none", "none", "none", "inside-without-device", "inside-with-device", "after", "after", "after", "after"}},
    // v5.3 eca499ab3749; v5.6 f1037ec0cc8a, whose early exit ran mem_hotplug_done without its begin, until 2020-07.
    {"remove-busy", {"bug", "bug", "bug", "bug", "bug", "bug", "busy", "busy-unlocks-anyway", "busy"}},
    // online_pages that fails: remove_pfn_range_from_zone.
    {"span-rollback", {"off", "off", "off", "off", "off", "off", "off", "on", "on"}},
    // 5.14 a08a2ae34613 (memory_hotplug.memmap_on_memory), within the era of v5.6; 6.7 001002e73712 moved the lock from
    // online_pages and offline_pages up to memory_block_online and memory_block_offline.
    {"memmap-lock", {"none", "none", "none", "none", "none", "none", "none", "none", "inside"}},
    // c5f1e2d18909, 6.9, within the era of v6.8.
    {"prepare-events", {"off", "off", "off", "off", "off", "off", "off", "off", "off"}},
    // 6.17 (Oscar Salvador, LKML 2025-06-09), within the era of v6.8.
    {"node-events", {"off", "off", "off", "off", "off", "off", "off", "off", "off"}},
    // 120 s in __offline_pages, until ecde0f3e7f9e (4.15, within the era of v4.13).
    {"offline-ends", {"timeout", "timeout", "timeout", "timeout", "timeout", "signal", "signal", "signal", "signal"}},
    // 4.19 b9ff036082cd, within the era of v4.13.
    {"node-check",
     {"unlocked", "unlocked", "unlocked", "unlocked", "unlocked", "locked", "locked", "locked", "locked"}},
    // 3.18 (Zhang Zhen, LKML 2014-08), within the era of v3.16.
    {"valid-zones", {"off", "off", "off", "on", "on", "on", "on", "on", "on"}},
    // v5.6 53cdc1cb29e8.
    {"removable", {"walks", "walks", "walks", "walks", "walks", "walks", "walks", "constant", "constant"}},
    // 5.7 5f47adf762b7, within the era of v5.6.
    {"auto-online-zones", {"off", "off", "off", "off", "off", "off", "off", "off", "on"}},
    {"validate-devices", {"off", "off", "off", "off", "off", "off", "off", "off", "off"}},
    {"class-per-file", {"off", "off", "off", "off", "off", "off", "off", "off", "off"}},
};

const PolicyField* FieldNamed(std::string_view name) {
  const std::vector<PolicyField>& fields = PolicyFields();
  const auto it =
      std::find_if(fields.begin(), fields.end(), [&](const PolicyField& each) { return each.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

std::vector<Policy> MakePolicies() {
  std::vector<Policy> policies;
  for (std::size_t era = 0; era < kEras.size(); ++era) {
    Policy& policy = policies.emplace_back();
    policy.name = kEras[era];
    for (const Row& row : kTable) {
      const PolicyField* field = FieldNamed(row.field);
      LOCKDEP_CHECK(field != nullptr);
      field->set(policy, row.values[era]);
    }
  }
  return policies;
}

template <class Strings>
std::string OneOf(const Strings& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

}  // namespace

const std::vector<PolicyField>& PolicyFields() {
  static const std::vector<PolicyField> fields = {
      Field<&Policy::memory_lock>("memory-lock"),
      Field<&Policy::cpu_lock>("cpu-lock"),
      Field<&Policy::memory_add_remove_lock>("memory-add-remove-lock"),
      Field<&Policy::begin_takes_cpu>("begin-takes-cpu"),
      Field<&Policy::store_gate>("store-gate"),
      Field<&Policy::add_gate>("add-gate"),
      Field<&Policy::remove_gate>("remove-gate"),
      Field<&Policy::probe_gate>("probe-gate"),
      Field<&Policy::online_lock>("online-lock"),
      Field<&Policy::state_order>("state-order"),
      Field<&Policy::device_removal>("device-removal"),
      Field<&Policy::mem_sysfs_mutex>("mem-sysfs-mutex"),
      Field<&Policy::zonelists>("zonelists"),
      Field<&Policy::lru_drain>("lru-drain"),
      Field<&Policy::pcp_lock>("pcp-lock"),
      Field<&Policy::slab>("slab"),
      Field<&Policy::auto_online>("auto-online"),
      Field<&Policy::remove_busy>("remove-busy"),
      Field<&Policy::span_rollback>("span-rollback"),
      Field<&Policy::memmap_lock>("memmap-lock"),
      Field<&Policy::prepare_events>("prepare-events"),
      Field<&Policy::node_events>("node-events"),
      Field<&Policy::offline_ends>("offline-ends"),
      Field<&Policy::node_check>("node-check"),
      Field<&Policy::valid_zones>("valid-zones"),
      Field<&Policy::removable>("removable"),
      Field<&Policy::auto_online_zones>("auto-online-zones"),
      Field<&Policy::validate_devices>("validate-devices"),
      Field<&Policy::class_per_file>("class-per-file"),
  };
  return fields;
}

const std::vector<Policy>& Policies() {
  static const std::vector<Policy> policies = MakePolicies();
  return policies;
}

absl::StatusOr<Policy> FindPolicy(std::string_view name) {
  for (const Policy& policy : Policies()) {
    if (policy.name == name) return policy;
  }
  return absl::InvalidArgumentError("there is no policy " + std::string(name) + ", only " + OneOf(kEras));
}

absl::Status SetField(Policy& policy, std::string_view field, std::string_view value) {
  if (field == "gate") {
    if (value != "off") return absl::InvalidArgumentError("gate can only be off, not " + std::string(value));
    for (const std::string_view each : {"store-gate", "add-gate", "remove-gate", "probe-gate"}) {
      FieldNamed(each)->set(policy, "none");
    }
    return absl::OkStatus();
  }
  const PolicyField* known = FieldNamed(field);
  if (known == nullptr) {
    std::vector<std::string_view> names = {"gate"};
    for (const PolicyField& each : PolicyFields()) names.push_back(each.name);
    return absl::InvalidArgumentError("a policy has no " + std::string(field) + ", only " + OneOf(names));
  }
  if (std::find(known->values.begin(), known->values.end(), value) == known->values.end()) {
    return absl::InvalidArgumentError(std::string(field) + " cannot be " + std::string(value) + ", only " +
                                      OneOf(known->values));
  }
  known->set(policy, value);
  return absl::OkStatus();
}

}  // namespace lockdep::hotplug
