// A scenario's threads, done again and again by several real threads at once.
//
// It goes by rounds.  In a round each worker does all that each thread of the scenario does, the threads in an order
// of chance.  Then they meet: nothing is under way, so the invariants are checked, and the machine becomes again what
// it was at first.  A return value is checked only against what its operation can return at all, since what a script
// expects of it holds for the script's threads alone.
//
// Thread-confined; starts threads of its own.
#ifndef HOTPLUG_STRESS_H_
#define HOTPLUG_STRESS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "hotplug/scenario.h"

namespace lockdep::hotplug {

struct StressOptions {
  std::chrono::milliseconds time{1000};
  int workers = 4;         // 1 to kTasksMax
  std::uint64_t seed = 1;  // of the orders; which of the operations meet is chance
};

// How often an operation was done, and how often it returned an error.
struct OperationCount {
  std::string text;
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
};

struct StressResult {
  std::uint64_t operations = 0;
  std::uint64_t rounds = 0;
  double seconds = 0;
  bool hung = false;                   // it did not come to its end: of the rest only `operations` is known
  std::vector<OperationCount> counts;  // in the order of the script, each text once
  std::vector<std::string> leaks;      // who held a lock when it had done all of a thread; each text once
};

// REQUIRES: no thread of the scenario waits for what another one completes.  Ends the round that it is in.
StressResult RunStress(const Scenario& scenario, const StressOptions& options, ScenarioListener& listener);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_STRESS_H_
