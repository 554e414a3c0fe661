// What the operations of memory hotplug do to each other, under the policies of the kernel's eras.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "hotplug/callers.h"
#include "hotplug/scenario.h"
#include "hotplug/slab.h"
#include "hotplug/sysfs.h"
#include "lockdep/explore/explore.h"
#include "lockdep/validator.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"
#include "tests/seed.h"

namespace lockdep::hotplug {
namespace {

Policy Of(const std::string& name) { return *FindPolicy(name); }

Step OnlineState(std::vector<int> results = {}) {
  return {"state online", [](Machine& m, Task& t) { return WriteState(m, t, m.block(1), StateCommand::kOnline); },
          std::move(results)};
}
Step OfflineState(std::vector<int> results = {}) {
  return {"state offline", [](Machine& m, Task& t) { return WriteState(m, t, m.block(1), StateCommand::kOffline); },
          std::move(results)};
}
Step OnlineFile(bool online, std::vector<int> results = {}) {
  return {"online", [online](Machine& m, Task& t) { return WriteOnline(m, t, m.block(1), online); },
          std::move(results)};
}
Step Eject(std::vector<int> results = {}) {
  return {"eject", [](Machine& m, Task& t) { return AcpiEject(m, t, m.block(1)); }, std::move(results)};
}

// The store against the eject.
Scenario Seed(const Policy& policy, std::vector<int> of_store = {}, std::vector<int> of_eject = {}) {
  Scenario scenario;
  scenario.machine.policy = policy;
  scenario.machine.blocks = {{1, BlockSetup::kOffline, "Normal"}};
  scenario.threads = {{"user", {OnlineState(std::move(of_store))}}, {"remove", {Eject(std::move(of_eject))}}};
  return scenario;
}

Exploration ExploreScenario(const Scenario& scenario, Validator* validator = nullptr) {
  explore::FiberOptions fibers;
  fibers.validator = validator;
  fibers.spurious_wakes = 0;
  return explore::Explore([&scenario] { RunScenario(scenario); }, {}, fibers);
}

bool Hangs(const Exploration& exploration) {
  return std::any_of(exploration.reached.begin(), exploration.reached.end(), [](const Reached& reached) {
    return reached.finding.kind == FindingKind::kHang || reached.finding.kind == FindingKind::kSelfDeadlock;
  });
}

TEST_CASE("every era has a value for every field, and each can be set", "[hotplug][policy]") {
  REQUIRE(Policies().size() == 9);
  for (Policy policy : Policies()) {
    CHECK(FindPolicy(policy.name)->name == policy.name);
    for (const PolicyField& field : PolicyFields()) {
      const std::string_view now = field.get(policy);
      CHECK(std::find(field.values.begin(), field.values.end(), now) != field.values.end());
      for (const std::string_view value : field.values) {
        REQUIRE(SetField(policy, field.name, value).ok());
        CHECK(field.get(policy) == value);
      }
    }
  }
}

TEST_CASE("what a policy does not have is an error that says what there is", "[hotplug][policy]") {
  Policy policy = Of("v5.3");
  CHECK(FindPolicy("v5.4").status().message().find("v5.3, v5.6") != std::string::npos);
  CHECK(SetField(policy, "stor-gate", "none").message().find("store-gate") != std::string::npos);
  CHECK(SetField(policy, "store-gate", "off").message().find("none, blocking, try") != std::string::npos);
  CHECK_FALSE(SetField(policy, "gate", "on").ok());
}

TEST_CASE("a store against an eject: gated since 3.12, and hangs wherever the drain is inside the lock without",
          "[hotplug][seed]") {
  for (const Policy& policy : Policies()) {
    INFO(policy.name);
    const Exploration gated = ExploreScenario(Seed(policy));
    INFO(explore::Describe(gated));
    CHECK(gated.statistics.exhausted);
    // 3.11 took device_hotplug_lock by a blocking call while it held its file: 5e33bc4165f3.
    CHECK(Hangs(gated) == (policy.name == "v3.11"));
    // In 4.13 ACPI takes the last memory offline without the lock that stop_machine_cpuslocked asks for.
    CHECK(gated.reached.empty() == (policy.name != "v3.11" && policy.name != "v4.13"));

    Policy without = policy;
    REQUIRE(SetField(without, "gate", "off").ok());
    const Exploration open = ExploreScenario(Seed(without));
    INFO(explore::Describe(open));
    CHECK(open.statistics.exhausted);
    CHECK(Hangs(open) == (policy.device_removal == DeviceRemoval::kInsideMemoryLock));
    CHECK_FALSE(open.reached.empty());
  }
}

TEST_CASE("a store that comes too late finds no file, and the eject always succeeds", "[hotplug][sysfs]") {
  for (const std::string era : {"v3.15", "v4.1", "v5.3", "v5.6", "v6.8"}) {
    INFO(era);
    explore::CheckProved(ExploreScenario(Seed(Of(era), {0, -ENODEV}, {0})));
    // Both results happen: leaving one out is a broken check.
    CHECK_FALSE(ExploreScenario(Seed(Of(era), {0}, {0})).reached.empty());
    CHECK_FALSE(ExploreScenario(Seed(Of(era), {-ENODEV}, {0})).reached.empty());
  }
}

TEST_CASE("a block that is in the state already: `state` says EINVAL, `online` says success", "[hotplug][sysfs]") {
  for (const Policy& policy : Policies()) {
    INFO(policy.name);
    Scenario scenario;
    scenario.machine.policy = policy;
    scenario.machine.blocks = {{1, BlockSetup::kOnline, "Normal"}};
    scenario.threads = {{"user",
                         {OnlineState({-EINVAL}), OnlineFile(true, {0}), OfflineState({0}), OfflineState({-EINVAL}),
                          OnlineFile(false, {0}), OnlineFile(true, {0})}}};
    // Alone, `online` works without the memory hotplug lock, too: but up to 4.13 the drain says that it needs cpus.
    const Exploration exploration = ExploreScenario(scenario);
    INFO(explore::Describe(exploration));
    CHECK(exploration.statistics.exhausted);
    CHECK(exploration.reached.empty() == (policy.name != "v4.13"));
  }
}

TEST_CASE("a veto by a callback of high priority: the store fails, the block stays, all are told to cancel",
          "[hotplug][notifier]") {
  for (const Policy& policy : Policies()) {
    INFO(policy.name);
    Scenario scenario;
    scenario.machine.policy = policy;
    scenario.machine.blocks = {{1, BlockSetup::kOffline, "Normal"}};
    CallbackSetup veto;
    veto.name = "veto";
    veto.priority = 10;
    veto.vetoes = true;
    veto.error = -EPERM;
    CallbackSetup below;
    below.name = "below";
    scenario.callbacks = {below, veto};
    scenario.threads = {{"user", {OnlineState({-EPERM})}}};
    const bool rolls_back = policy.span_rollback;
    scenario.at_rest = [rolls_back](Machine& machine) -> std::string {
      if (machine.zones[0]->present != 0) return "pages are present";
      return machine.zones[0]->spanned == (rolls_back ? 0 : kPagesOfBlock) ? "" : "the span is another one";
    };
    explore::CheckProved(ExploreScenario(scenario));
    // A callback without a record of its own must not be told of a CANCEL of what it never saw.
    scenario.callbacks[0].remembers = false;
    CHECK(explore::Summaries(ExploreScenario(scenario)) == std::vector<std::string>{"invariant, verdict real"});
  }
}

TEST_CASE("the same scenario runs on real threads", "[hotplug][native]") {
  for (const std::string era : {"v3.15", "v5.3", "v5.6", "v6.8"}) {
    INFO(era);
    for (int i = 0; i < 20; ++i) RunScenario(Seed(Of(era), {0, -ENODEV}, {0}));
  }
  SUCCEED();
}

// What each thread of the stress test does, at random.
void DoAnything(Machine& machine, int number, std::uint64_t seed, int operations) {
  Task task;
  task.number = number;
  std::mt19937_64 random(seed + static_cast<std::uint64_t>(number));
  for (int i = 0; i < operations; ++i) {
    MemoryBlock& block = machine.block(1 + static_cast<int>(random() % 3));
    switch (random() % 10) {
      case 0: WriteState(machine, task, block, StateCommand::kOnline); break;
      case 1: WriteState(machine, task, block, StateCommand::kOffline); break;
      case 2: WriteOnline(machine, task, block, true); break;
      case 3: WriteOnline(machine, task, block, false); break;
      case 4: AcpiEject(machine, task, block); break;
      case 5: AcpiInsert(machine, task, block); break;
      case 6: ScanMemory(machine, task, block); break;
      case 7: ReadOnline(machine, task, block); break;
      case 8: WriteCpuOnline(machine, task, random() % 2 == 0); break;
      default: OfflineAndRemove(machine, task, block); break;
    }
  }
}

TEST_CASE("real threads do anything at random under the rules that are right, and every invariant holds",
          "[hotplug][native]") {
  const std::uint64_t seed = TestSeed();
  for (const std::string era : {"v4.20", "v5.3", "v5.6", "v6.8"}) {
    INFO(era << ", seed " << seed);
    MachineSetup setup;
    setup.policy = Of(era);
    // In 4.20 removing memory that is online is a BUG(), and 5.6 unlocks what it did not lock: nobody may do it there.
    REQUIRE(SetField(setup.policy, "remove-busy", "busy").ok());
    setup.blocks = {
        {1, BlockSetup::kOnline, "Normal"}, {2, BlockSetup::kOffline, "Normal"}, {3, BlockSetup::kAbsent, "Movable"}};
    setup.auto_online = true;
    Machine machine(setup);
    AddSlabCallback(machine);
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&machine, i, seed] { DoAnything(machine, i, seed, 500); });
    for (Thread& thread : threads) thread.join();
    machine.CheckAtRest();  // aborts if it does not hold
  }
  SUCCEED();
}

}  // namespace
}  // namespace lockdep::hotplug
