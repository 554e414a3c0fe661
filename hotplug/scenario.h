// A machine and threads that do things to it: what a workload script with a `policy` says.
//
// RunScenario is a body for lockdep::explore::Explore, and runs on real threads as well.
//
// Immutable when it is run; thread-safe as such.
#ifndef HOTPLUG_SCENARIO_H_
#define HOTPLUG_SCENARIO_H_

#include <functional>
#include <string>
#include <vector>

#include "hotplug/callbacks.h"
#include "hotplug/machine.h"

namespace lockdep::hotplug {

// One thing that a thread does.  0 or a negative errno.
using Action = std::function<int(Machine& machine, Task& task)>;

struct Step {
  std::string text;  // for messages
  Action action;
  std::vector<int> results;  // any of these; empty: any
};

struct ScenarioThread {
  std::string name;
  std::vector<Step> steps;
};

struct Scenario {
  MachineSetup machine;
  std::vector<CallbackSetup> callbacks;
  bool slab_callback = false;
  bool balloon_callback = false;
  std::vector<ScenarioThread> threads;
  // Holds when all have ended, or the text of what does not: beside Machine::CheckAtRest.
  std::function<std::string(Machine& machine)> at_rest;
};

// Makes the machine, runs the threads to their ends, and checks the invariants.
// REQUIRES: at most kTasksMax threads.
void RunScenario(const Scenario& scenario);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SCENARIO_H_
