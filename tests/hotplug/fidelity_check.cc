// The model under policy v6.8 against what Linux 6.12 did: which lock was held when which was taken.
//
// The chains of a kernel on which memory was brought online and offline, a cpu taken down and up and a DIMM ejected are
// not part of the project: LOCKDEP_SHARED_DIR names the directory with kernel-6.12/hotplug*.lockdep_chains.  Without it
// the program ends with 77, "skipped".
//
// An ordered pair is: x held when y was taken, by whatever call.  Compared are the pairs of the locks that both have.
// Prints every difference; one that is known and right is listed below with its reason.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hotplug/callers.h"
#include "hotplug/scenario.h"
#include "hotplug/sysfs.h"
#include "lockdep/explore/explore.h"
#include "lockdep/kernel/chain_table.h"

namespace {

namespace fs = std::filesystem;
using lockdep::hotplug::Machine;
using lockdep::hotplug::StateCommand;
using lockdep::hotplug::Task;

using Pair = std::pair<std::string, std::string>;
using Pairs = std::set<Pair>;

// Names of the kernel, by the model's.  `online` is one attribute of all devices (dev_attr_online,
// drivers/base/core.c), so memory blocks and cpus share its class; `state` is that of memory blocks (dev_attr_state,
// drivers/base/memory.c).
std::optional<std::string> KernelName(const std::string& name) {
  static const std::map<std::string, std::string> kSame = {
      {"device_hotplug_lock", "device_hotplug_lock"}, {"cpu_hotplug_lock", "cpu_hotplug_lock"},
      {"mem_hotplug_lock", "mem_hotplug_lock"},       {"cpu_add_remove_lock", "cpu_add_remove_lock"},
      {"acpi_scan_lock", "acpi_scan_lock"},           {"slab_mutex", "slab_mutex"},
      {"stop_cpus_mutex", "stop_cpus_mutex"},         {"pcp_batch_high_lock", "pcp_batch_high_lock"},
      {"memory_chain.rwsem", "(memory_chain).rwsem"}, {"physical_node_lock", "&device->physical_node_lock"}};
  if (const auto it = kSame.find(name); it != kSame.end()) return it->second;
  if (name.starts_with("dev of ")) return "&dev->mutex";
  if (name.starts_with("state of ")) return "kn(state)";
  if (name.starts_with("online of ")) return "kn(online)";
  return std::nullopt;
}

// --- The model --------------------------------------------------------------------------------------

// All that one thread does, as steps: "lock a", "tryread b", "unlock a".
std::vector<lockdep::ScheduleStep> StepsOf(const lockdep::hotplug::Scenario& scenario) {
  lockdep::hotplug::Scenario stopped = scenario;
  // The schedule is that of a check that fails in the end.
  stopped.at_rest = [](Machine&) { return std::string("the end"); };
  lockdep::explore::FiberOptions fibers;
  fibers.spurious_wakes = 0;
  const lockdep::Exploration explored =
      lockdep::explore::Explore([&] { lockdep::hotplug::RunScenario(stopped); }, {}, fibers);
  if (explored.reached.size() == 1 && explored.reached[0].finding.detail == "the end") return explored.reached[0].steps;
  std::printf("the model does not run to its end\n");
  for (const lockdep::Reached& reached : explored.reached) std::printf("  %s\n", reached.finding.detail.c_str());
  std::exit(1);
}

Pairs PairsOf(const std::vector<lockdep::ScheduleStep>& steps) {
  Pairs pairs;
  std::multiset<std::string> held;
  for (const lockdep::ScheduleStep& step : steps) {
    const std::size_t space = step.text.find(' ');
    if (space == std::string::npos) continue;
    const std::string verb = step.text.substr(0, space);
    const std::optional<std::string> name = KernelName(step.text.substr(space + 1));
    if (!name) continue;
    if (verb == "unlock") {
      const auto it = held.find(*name);
      if (it != held.end()) held.erase(it);
    } else if (verb == "lock" || verb == "read" || verb == "trylock" || verb == "tryread") {
      for (const std::string& each : held) pairs.insert({each, *name});
      held.insert(*name);
    }
  }
  return pairs;
}

lockdep::hotplug::Scenario Everything(bool with_cpu) {
  using lockdep::hotplug::Step;
  lockdep::hotplug::Scenario scenario;
  scenario.machine.policy = *lockdep::hotplug::FindPolicy("v6.8");
  scenario.machine.blocks = {{1, lockdep::hotplug::BlockSetup::kOffline, "Normal"}};
  scenario.slab_callback = true;
  const auto state = [](StateCommand command) {
    return Step{"state",
                [command](Machine& m, Task& t) { return lockdep::hotplug::WriteState(m, t, m.block(1), command); },
                {0}};
  };
  const auto online = [](bool up) {
    return Step{
        "online", [up](Machine& m, Task& t) { return lockdep::hotplug::WriteOnline(m, t, m.block(1), up); }, {0}};
  };
  const auto cpu = [](bool up) {
    return Step{"cpu", [up](Machine& m, Task& t) { return lockdep::hotplug::WriteCpuOnline(m, t, up); }, {0}};
  };
  std::vector<Step> steps = {state(StateCommand::kOnline), state(StateCommand::kOffline)};
  if (with_cpu) {
    steps.insert(steps.end(), {online(true), online(false), cpu(false), cpu(true)});
  }
  // In the boot with the cpu the eject met memory that was online, in the other one all was offline before.
  if (with_cpu) steps.push_back(state(StateCommand::kOnline));
  steps.push_back({"eject", [](Machine& m, Task& t) { return lockdep::hotplug::AcpiEject(m, t, m.block(1)); }, {0}});
  scenario.threads = {{"all", steps}};
  return scenario;
}

// --- The kernel -------------------------------------------------------------------------------------

// kn->active#N to attributes, from what the chains show: only files of memory blocks and cpus lead to
// device_hotplug_lock; of these only `online` is a cpu's, too, which leads to cpu_add_remove_lock.
std::map<std::string, std::string> AttributesOf(const lockdep::kernel::ChainTable& table) {
  std::map<std::string, std::string> attributes;
  for (const bool of_cpus : {false, true}) {
    for (const lockdep::kernel::LockChain& chain : table.chains) {
      std::string file;
      for (const lockdep::kernel::ClassIndex each : chain.classes) {
        const std::string& name = table.names[static_cast<std::size_t>(each)];
        if (name.starts_with("kn->active")) file = name;
        if (file.empty()) continue;
        if (!of_cpus && name == "device_hotplug_lock") attributes[file] = "kn(state)";
        if (of_cpus && name == "cpu_add_remove_lock" && attributes.contains(file)) attributes[file] = "kn(online)";
      }
    }
  }
  return attributes;
}

Pairs PairsOf(const lockdep::kernel::ChainTable& table, const std::set<std::string>& common) {
  const std::map<std::string, std::string> attributes = AttributesOf(table);
  Pairs pairs;
  for (const lockdep::kernel::LockChain& chain : table.chains) {
    std::vector<std::string> names;
    for (const lockdep::kernel::ClassIndex each : chain.classes) {
      const std::string& name = table.names[static_cast<std::size_t>(each)];
      const auto it = attributes.find(name);
      const std::string& called = it == attributes.end() ? name : it->second;
      if (!common.contains(called)) continue;
      for (const std::string& held : names) pairs.insert({held, called});
      names.push_back(called);
    }
  }
  return pairs;
}

// --- Differences that are right ---------------------------------------------------------------------

std::string WhyOnlyKernel(const Pair& pair) {
  static const std::map<Pair, const char*> kReasons = {
      {{"&dev->mutex", "&dev->mutex"}, "parents and children of devices that the model has not (usb, pci)"},
      {{"&dev->mutex", "&device->physical_node_lock"},
       "drivers that look at their ACPI companion while they are bound"},
  };
  const auto it = kReasons.find(pair);
  return it == kReasons.end() ? "" : it->second;
}

// No chain ends in a lock of the class that is not validated: __lock_acquire clears hlock->check for it, and
// validate_chain stores nothing then.  So that a device was locked shows only by what was taken inside.
bool DevicesEndNoChain(const lockdep::kernel::ChainTable& table) {
  const lockdep::kernel::ClassIndex device = table.Find("&dev->mutex");
  return std::none_of(table.chains.begin(), table.chains.end(), [&](const lockdep::kernel::LockChain& chain) {
    return chain.classes.back() == device;
  });
}

// What else this boot is known by.
struct Boot {
  bool online_at_eject = false;
  bool devices_end_no_chain = false;
};

std::string WhyOnlyModel(const Pair& pair, const Boot& boot) {
  const auto& [held, taken] = pair;
  if (taken.starts_with("kn("))
    return "since 6.1 kernfs_drain is noted only if somebody holds a reference at that moment";
  if (taken == "stop_cpus_mutex")
    return "since 6.6 cpu_down runs in a worker (work_on_cpu), which holds nothing of its caller's";
  const bool by_eject = held == "acpi_scan_lock" || held == "&device->physical_node_lock";
  if (by_eject && boot.online_at_eject && (taken == "(memory_chain).rwsem" || taken == "slab_mutex"))
    return "the eject of this boot failed at the isolation of pages, before the notifier";
  // device_offline returns as soon as it has seen dev->offline.
  if (held == "&device->physical_node_lock" && !boot.online_at_eject && boot.devices_end_no_chain &&
      taken == "&dev->mutex")
    return "no chain ends in a lock that is not validated, and inside that of a device that is offline nothing is "
           "taken";
  return "";
}

int Compare(const std::string& what, const Pairs& model, const Pairs& kernel, const Boot& boot) {
  int unexplained = 0, same = 0;
  const auto tell = [&](const char* where, const Pair& pair, const std::string& why) {
    std::printf("  only in %s: %s -> %s%s\n", where, pair.first.c_str(), pair.second.c_str(),
                why.empty() ? "" : (" (" + why + ")").c_str());
    if (why.empty()) ++unexplained;
  };
  std::printf("%s:\n", what.c_str());
  for (const Pair& pair : model) {
    if (kernel.contains(pair)) {
      ++same;
    } else {
      tell("the model", pair, WhyOnlyModel(pair, boot));
    }
  }
  for (const Pair& pair : kernel) {
    if (!model.contains(pair)) tell("the kernel", pair, WhyOnlyKernel(pair));
  }
  std::printf("  %d pairs are the same, %d differences without a reason\n", same, unexplained);
  return unexplained;
}

int CompareWith(const fs::path& path, bool with_cpu) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const absl::StatusOr<lockdep::kernel::ChainTable> table = lockdep::kernel::ParseChains(text, path.string());
  if (!table.ok()) {
    std::printf("%s\n", std::string(table.status().message()).c_str());
    return 1;
  }
  const Pairs model = PairsOf(StepsOf(Everything(with_cpu)));
  std::set<std::string> common;
  for (const Pair& pair : model) common.insert({pair.first, pair.second});
  return Compare(path.filename().string(), model, PairsOf(*table, common), {with_cpu, DevicesEndNoChain(*table)});
}

}  // namespace

int main() {
  const char* directory = std::getenv("LOCKDEP_SHARED_DIR");
  const fs::path chains = fs::path(directory == nullptr ? "" : directory) / "kernel-6.12";
  if (directory == nullptr || !fs::exists(chains / "hotplug.lockdep_chains")) {
    std::printf("skipped: LOCKDEP_SHARED_DIR does not name a directory with kernel-6.12/hotplug.lockdep_chains\n");
    return 77;
  }
  const int differences = CompareWith(chains / "hotplug.lockdep_chains", true) +
                          CompareWith(chains / "hotplug-remove.lockdep_chains", false);
  return differences == 0 ? 0 : 1;
}
