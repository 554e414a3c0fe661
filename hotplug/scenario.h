// A machine and threads that do things to it: what a workload script with a `policy` says.
//
// RunScenario is a body for lockdep::explore::Explore, and runs on real threads as well.
//
// Immutable when it is run; thread-safe as such.
#ifndef HOTPLUG_SCENARIO_H_
#define HOTPLUG_SCENARIO_H_

#include <functional>
#include <memory>
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
  // Too large for a search of all schedules: meant to be run for real, for a while (stress.h).
  bool for_real_threads = false;
  std::vector<ScenarioThread> threads;
  // Holds when all have ended, or the text of what does not: beside Machine::CheckAtRest.
  std::function<std::string(Machine& machine)> at_rest;
};

// Is told where the real threads of a run are.  Each call comes from the thread that it is about.
class ScenarioListener {
 public:
  virtual ~ScenarioListener() = default;
  // The thread has started; `runner` counts those of the run from 0 on.
  virtual void Began(int runner, const std::string& name) = 0;
  // It is about to do this step, which lies in Scenario::threads.
  virtual void At(int runner, int thread, int step) = 0;
  // It has done it.
  virtual void Done(int runner) = 0;
  virtual void Ended(int runner) = 0;
};

// Makes the machine, runs the threads to their ends, and checks the invariants.
// REQUIRES: at most kTasksMax threads; a listener only where the code really runs.
void RunScenario(const Scenario& scenario, ScenarioListener* listener = nullptr);

// The machine with its callbacks, before anything was done.
std::unique_ptr<Machine> MakeMachine(const Scenario& scenario);
// Everything is as MakeMachine had it.  REQUIRES: nobody does anything meanwhile.
void ResetMachine(const Scenario& scenario, Machine& machine);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SCENARIO_H_
