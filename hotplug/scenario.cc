#include "hotplug/scenario.h"

#include <algorithm>

#include "hotplug/slab.h"
#include "lockdep/check.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

void RunThread(const ScenarioThread& thread, int number, Machine& machine, ScenarioListener* listener) {
  Task task;
  task.number = number;
  for (std::size_t i = 0; i < thread.steps.size(); ++i) {
    const Step& step = thread.steps[i];
    // A restarted store starts over from here, not from the thread's beginning.
    if (i > 0) explore::Mark();
    if (listener != nullptr) listener->At(number, number, static_cast<int>(i));
    const int result = step.action(machine, task);
    if (listener != nullptr) listener->Done(number);
    const bool expected =
        step.results.empty() || std::find(step.results.begin(), step.results.end(), result) != step.results.end();
    explore::Check(expected, "I8: '" + step.text + "' returns " + std::to_string(result));
  }
}

bool AssignsStorage(const Scenario& scenario) {
  return std::any_of(scenario.callbacks.begin(), scenario.callbacks.end(),
                     [](const CallbackSetup& callback) { return callback.assigns_storage; });
}

void ResetBlock(MemoryBlock& block, BlockSetup setup, bool assigns_storage, Machine& machine) {
  const bool online = setup == BlockSetup::kOnline;
  const bool exists = setup != BlockSetup::kAbsent;
  block.state = online ? BlockState::kOnline : BlockState::kOffline;
  block.dev_offline = !online;
  block.online_type = OnlineType::kUnset;
  block.exists = exists;
  block.standby = assigns_storage && !online;
  block.signalled = false;
  for (ActiveRef* file : {&block.state_file, &block.online_file, &block.uevent_file, &block.valid_zones_file,
                          &block.removable_file, &block.phys_index_file}) {
    exists ? file->Create() : file->Drain();
  }
  if (!online) return;
  machine.zone_of(block).present += kPagesOfBlock;
  machine.zone_of(block).spanned += kPagesOfBlock;
  machine.node_has_memory = true;
  machine.slab_node = true;
}

}  // namespace

std::unique_ptr<Machine> MakeMachine(const Scenario& scenario) {
  auto machine = std::make_unique<Machine>(scenario.machine);
  machine->balloon_callback = scenario.balloon_callback;
  if (scenario.slab_callback) AddSlabCallback(*machine);
  for (const CallbackSetup& callback : scenario.callbacks) AddCallback(*machine, callback);
  return machine;
}

void ResetMachine(const Scenario& scenario, Machine& machine) {
  for (const auto& zone : machine.zones) {
    zone->present = 0;
    zone->spanned = 0;
  }
  machine.node_has_memory = false;
  machine.slab_node = false;
  for (const MachineSetup::Block& block : scenario.machine.blocks) {
    ResetBlock(machine.block(block.id), block.setup, AssignsStorage(scenario), machine);
  }
  for (const auto& cache : machine.caches) {
    cache->alive = false;
    cache->has_node = false;
  }
  machine.slab_file.Create();
  machine.cpu1_online = true;
  machine.page_callback = 0;
  machine.auto_online = scenario.machine.auto_online ? OnlineType::kKeep : OnlineType::kUnset;
  machine.node_online = scenario.machine.node_online;
}

void RunScenario(const Scenario& scenario, ScenarioListener* listener) {
  LOCKDEP_CHECK(scenario.threads.size() <= static_cast<std::size_t>(kTasksMax));
  const std::unique_ptr<Machine> made = MakeMachine(scenario);
  Machine& machine = *made;
  std::vector<Thread> threads;
  for (std::size_t i = 0; i < scenario.threads.size(); ++i) {
    const ScenarioThread& thread = scenario.threads[i];
    threads.emplace_back(ThreadRole{thread.name.c_str()}, [&thread, &machine, listener, i] {
      const auto number = static_cast<int>(i);
      if (listener != nullptr) listener->Began(number, thread.name);
      RunThread(thread, number, machine, listener);
      if (listener != nullptr) listener->Ended(number);
    });
  }
  for (Thread& thread : threads) thread.join();
  machine.CheckAtRest();
  if (!scenario.at_rest) return;
  const std::string broken = scenario.at_rest(machine);
  explore::Check(broken.empty(), broken);
}

}  // namespace lockdep::hotplug
