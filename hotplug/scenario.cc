#include "hotplug/scenario.h"

#include <algorithm>

#include "hotplug/slab.h"
#include "lockdep/check.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

void RunThread(const ScenarioThread& thread, int number, Machine& machine) {
  Task task;
  task.number = number;
  for (std::size_t i = 0; i < thread.steps.size(); ++i) {
    const Step& step = thread.steps[i];
    // A restarted store starts over from here, not from the thread's beginning.
    if (i > 0) explore::Mark();
    const int result = step.action(machine, task);
    const bool expected =
        step.results.empty() || std::find(step.results.begin(), step.results.end(), result) != step.results.end();
    explore::Check(expected, "I8: '" + step.text + "' returns " + std::to_string(result));
  }
}

}  // namespace

void RunScenario(const Scenario& scenario) {
  LOCKDEP_CHECK(scenario.threads.size() <= static_cast<std::size_t>(kTasksMax));
  Machine machine(scenario.machine);
  machine.balloon_callback = scenario.balloon_callback;
  if (scenario.slab_callback) AddSlabCallback(machine);
  for (const CallbackSetup& callback : scenario.callbacks) AddCallback(machine, callback);
  std::vector<Thread> threads;
  for (std::size_t i = 0; i < scenario.threads.size(); ++i) {
    const ScenarioThread& thread = scenario.threads[i];
    threads.emplace_back(ThreadRole{thread.name.c_str()},
                         [&thread, &machine, i] { RunThread(thread, static_cast<int>(i), machine); });
  }
  for (Thread& thread : threads) thread.join();
  machine.CheckAtRest();
  if (!scenario.at_rest) return;
  const std::string broken = scenario.at_rest(machine);
  explore::Check(broken.empty(), broken);
}

}  // namespace lockdep::hotplug
