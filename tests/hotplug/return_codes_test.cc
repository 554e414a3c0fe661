// Which error each attribute returns for what, in which eras.  (drivers/base/memory.c, mm/memory_hotplug.c)
#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hotplug/callers.h"
#include "hotplug/dlpar.h"
#include "hotplug/errors.h"
#include "hotplug/memory_hotplug.h"
#include "hotplug/scenario.h"
#include "hotplug/sysfs.h"
#include "lockdep/explore/explore.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::hotplug {
namespace {

using Block = MachineSetup::Block;
using Function = int (*)(Machine&, Task&, MemoryBlock&);

const std::vector<std::string> kAll = {"v3.11", "v3.15", "v3.16", "v4.1", "v4.13", "v4.20", "v5.3", "v5.6", "v6.8"};
std::vector<std::string> From(const std::string& era) { return {std::find(kAll.begin(), kAll.end(), era), kAll.end()}; }
std::vector<std::string> Before(const std::string& era) {
  return {kAll.begin(), std::find(kAll.begin(), kAll.end(), era)};
}

Action State(StateCommand command) {
  return [command](Machine& m, Task& t) { return WriteState(m, t, m.block(1), command); };
}
Action Online(bool online) {
  return [online](Machine& m, Task& t) { return WriteOnline(m, t, m.block(1), online); };
}
Action On(Function function) {
  return [function](Machine& m, Task& t) { return function(m, t, m.block(1)); };
}
Action AutoOnline(StateCommand command) {
  return [command](Machine& m, Task& t) { return WriteAutoOnlineBlocks(m, t, command); };
}

CallbackSetup Veto(MemoryEvent event, int error) {
  CallbackSetup veto;
  veto.name = "veto";
  veto.vetoes = true;
  veto.vetoed = event;
  veto.error = error;
  return veto;
}

// One thread does it alone; the last step returns `error`.
struct Case {
  std::string what;
  std::vector<std::string> eras;
  Block block;
  std::vector<Action> steps;
  int error;
  std::vector<CallbackSetup> callbacks = {};
};

Scenario ScenarioOf(const Case& each, const std::string& era) {
  Scenario scenario;
  scenario.machine.policy = *FindPolicy(era);
  // Up to 4.13 `online` does not take the lock that it needs for cpus: scripts tell that, here it would be in the way.
  scenario.machine.policy.lru_drain = CpuNeed::kNone;
  scenario.machine.policy.zonelists = CpuNeed::kNone;
  scenario.machine.blocks = {each.block};
  scenario.callbacks = each.callbacks;
  ScenarioThread thread{"user", {}};
  for (std::size_t i = 0; i < each.steps.size(); ++i) {
    thread.steps.push_back(
        {each.what, each.steps[i], i + 1 == each.steps.size() ? std::vector<int>{each.error} : std::vector<int>{}});
  }
  scenario.threads = {thread};
  return scenario;
}

const Block kOffline{1, BlockSetup::kOffline};
const Block kOnline{1, BlockSetup::kOnline};
const Block kAbsent{1, BlockSetup::kAbsent};
const Block kBusy{1, BlockSetup::kOnline, "Normal", true};

std::vector<Case> StoreCases() {
  const Action on = State(StateCommand::kOnline), off = State(StateCommand::kOffline);
  std::vector<Case> cases = {
      {"state: online", kAll, kOffline, {on}, 0},
      {"state: online_kernel", kAll, kOffline, {State(StateCommand::kOnlineKernel)}, 0},
      {"state: online_movable", kAll, kOffline, {State(StateCommand::kOnlineMovable)}, 0},
      {"state: offline", kAll, kOnline, {off}, 0},
      {"state: it is online", kAll, kOnline, {on}, -EINVAL},
      {"state: it is offline", kAll, kOffline, {off}, -EINVAL},
      {"state: an unknown word", kAll, kOffline, {State(StateCommand::kUnknown)}, -EINVAL},
      {"online: 1", kAll, kOffline, {Online(true)}, 0},
      {"online: 0", kAll, kOnline, {Online(false)}, 0},
      {"online: it is online", kAll, kOnline, {Online(true)}, 0},
      {"online: it is offline", kAll, kOffline, {Online(false)}, 0},
      {"state: the block is gone", kAll, kOffline, {On(&RemoveMemory), on}, -ENODEV},
      {"online: the block is gone", kAll, kOffline, {On(&RemoveMemory), Online(true)}, -ENODEV},
      {"state: its pages stay busy", Before("v4.20"), kBusy, {off}, -EAGAIN},
      {"online: its pages stay busy", Before("v4.20"), kBusy, {Online(false)}, -EAGAIN},
      {"state: busy, and a signal", kAll, kBusy, {On(&SignalOfflining), off}, -EINTR},
      {"online: busy, and a signal", kAll, kBusy, {On(&SignalOfflining), Online(false)}, -EINTR},
  };
  // NOTIFY_BAD is EPERM; slab has no memory for a kmem_cache_node; something of the block cannot move.
  for (const int error : {-EPERM, -ENOMEM, -EBUSY}) {
    const std::vector<CallbackSetup> no_online = {Veto(MemoryEvent::kGoingOnline, error)};
    const std::vector<CallbackSetup> no_offline = {Veto(MemoryEvent::kGoingOffline, error)};
    cases.push_back({"state: online is vetoed", kAll, kOffline, {on}, error, no_online});
    cases.push_back({"state: offline is vetoed", kAll, kOnline, {off}, error, no_offline});
    cases.push_back({"online: 1 is vetoed", kAll, kOffline, {Online(true)}, error, no_online});
    cases.push_back({"online: 0 is vetoed", kAll, kOnline, {Online(false)}, error, no_offline});
    // Of what comes after the deed nobody can veto anything.
    cases.push_back({"state: a veto too late", kAll, kOffline, {on}, 0, {Veto(MemoryEvent::kOnline, error)}});
    cases.push_back({"state: a veto too late", kAll, kOnline, {off}, 0, {Veto(MemoryEvent::kOffline, error)}});
  }
  return cases;
}

std::vector<Case> OtherCases() {
  std::vector<Case> cases = {
      {"probe: new memory", kAll, kAbsent, {On(&WriteProbe)}, 0},
      {"probe: it is there", kAll, kOffline, {On(&WriteProbe)}, -EEXIST},
      {"add: it is there", kAll, kOffline, {On(&AddMemory)}, -EEXIST},
      // 5.6 unlocks what it did not lock: unpaired-mem-hotplug-done.workload.
      {"remove: it is online", {"v5.3", "v6.8"}, kOnline, {On(&RemoveMemory)}, -EBUSY},
      {"remove: it is offline", kAll, kOffline, {On(&RemoveMemory)}, 0},
      {"eject: it is gone", kAll, kAbsent, {On(&AcpiEject)}, -ENODEV},
      {"eject: its pages stay busy", Before("v4.20"), kBusy, {On(&AcpiEject)}, -EAGAIN},
      {"dlpar: add what is there", kAll, kOffline, {On(&DlparAdd)}, -EINVAL},
      {"dlpar: remove what is not", kAll, kAbsent, {On(&DlparRemove)}, -EINVAL},
      {"dlpar: a veto", kAll, kAbsent, {On(&DlparAdd)}, -EPERM, {Veto(MemoryEvent::kGoingOnline, -EPERM)}},
      {"dlpar: after a veto it is gone",
       kAll,
       kAbsent,
       {On(&DlparAdd), Online(true)},
       -ENODEV,
       {Veto(MemoryEvent::kGoingOnline, -EPERM)}},
      {"valid_zones: before 3.18", Before("v4.1"), kOffline, {On(&ReadValidZones)}, -ENOENT},
      {"valid_zones", From("v4.1"), kOffline, {On(&ReadValidZones)}, 0},
      {"valid_zones: the block is gone", From("v4.1"), kOffline, {On(&RemoveMemory), On(&ReadValidZones)}, -ENODEV},
  };
  for (const auto& [name, read] : std::vector<std::pair<std::string, Function>>{{"state", &ReadState},
                                                                                {"online", &ReadOnline},
                                                                                {"uevent", &ReadUevent},
                                                                                {"removable", &ReadRemovable},
                                                                                {"phys_index", &ReadPhysIndex}}) {
    cases.push_back({name + " is read", kAll, kOffline, {On(read)}, 0});
    cases.push_back({name + " is read, and the block is gone", kAll, kOffline, {On(&RemoveMemory), On(read)}, -ENODEV});
  }
  for (const StateCommand command : {StateCommand::kOffline, StateCommand::kOnline}) {
    cases.push_back({"auto_online_blocks before 4.6", Before("v4.1"), kAbsent, {AutoOnline(command)}, -ENOENT});
    cases.push_back({"auto_online_blocks", From("v4.1"), kAbsent, {AutoOnline(command)}, 0});
  }
  for (const StateCommand command : {StateCommand::kOnlineKernel, StateCommand::kOnlineMovable}) {
    std::vector<std::string> eras = From("v4.1");
    eras.pop_back();
    cases.push_back({"auto_online_blocks: zones before 5.7", eras, kAbsent, {AutoOnline(command)}, -EINVAL});
    cases.push_back({"auto_online_blocks: zones", {"v6.8"}, kAbsent, {AutoOnline(command)}, 0});
  }
  cases.push_back(
      {"auto_online_blocks: an unknown word", From("v4.1"), kAbsent, {AutoOnline(StateCommand::kUnknown)}, -EINVAL});
  return cases;
}

void CheckCases(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    for (const std::string& era : each.eras) {
      INFO(each.what << ", " << era << ", returns " << each.error);
      const Scenario scenario = ScenarioOf(each, era);
      explore::CheckProved(explore::Explore([&] { RunScenario(scenario); }));
      // And no other result: the check is one that fails.
      Case other = each;
      other.error = each.error == 0 ? -EIO : 0;
      const Scenario wrong = ScenarioOf(other, era);
      CHECK_FALSE(explore::Explore([&] { RunScenario(wrong); }).reached.empty());
    }
  }
}

TEST_CASE("the stores of a block return what those of the kernel do", "[hotplug][sysfs]") { CheckCases(StoreCases()); }

TEST_CASE("the other files, and who adds and removes memory, return what the kernel does", "[hotplug][sysfs]") {
  CheckCases(OtherCases());
}

TEST_CASE("whoever starts again returns as if it had not", "[hotplug][sysfs]") {
  for (const std::string& era : From("v4.20")) {
    INFO(era);
    Scenario scenario;
    scenario.machine.policy = *FindPolicy(era);
    scenario.machine.policy.probe_gate = ProbeGate::kTry;
    scenario.machine.blocks = {kOffline, {2, BlockSetup::kAbsent}};
    scenario.threads = {{"user", {{"state", State(StateCommand::kOnline), {0}}}},
                        {"driver", {{"add", [](Machine& m, Task& t) { return AddMemory(m, t, m.block(2)); }, {0}}}}};
    explore::CheckProved(explore::Explore([&] { RunScenario(scenario); }));
  }
}

TEST_CASE("no attribute can return the code of a restart, nor an error that is none of its own", "[hotplug][sysfs]") {
  constexpr int kRestart = -513;
  for (const Attribute attribute :
       {Attribute::kState, Attribute::kOnline, Attribute::kProbe, Attribute::kShow, Attribute::kAutoOnlineBlocks}) {
    const std::vector<int>& errors = ErrorsOf(attribute);
    CHECK(std::set<int>(errors.begin(), errors.end()).size() == errors.size());
    for (const int error : errors) {
      CHECK(error <= 0);
      explore::CheckProved(explore::Explore([&] { Checked(attribute, error); }));
    }
    for (const int error : {kRestart, -EIO, -EDEADLK, 1}) {
      CHECK_FALSE(explore::Explore([&] { Checked(attribute, error); }).reached.empty());
    }
  }
}

}  // namespace
}  // namespace lockdep::hotplug
