// Every schedule of a script about memory hotplug, with what its lock orders say.
//
// The operations are real C++ (hotplug/), so they run on simulated threads (lockdep/explore), and one validator hears
// all executions.  Joined as in joining.h:
//
//   finding of orders    its hang     search      becomes
//   cycle, nesting       reached                  real, with the schedule
//   cycle, nesting       not          of all      false, exhausted; the reasons of the orders stay
//   cycle, nesting       not          gave up     as it was; `missing` says that it gave up
//   none                 reached                  a hang of its own
//
// Broken invariants and data races are added; livelocks stand apart.
//
// Thread-safe: no state.  Cost: as explore::Explore.
#ifndef WORKLOADS_SCENARIO_CHECK_H_
#define WORKLOADS_SCENARIO_CHECK_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/finding.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct ScenarioFindings {
  std::vector<Finding> findings;
  std::vector<bool> hung;  // of each finding: its hang was reached
  std::vector<Finding> livelocks;
  std::vector<std::pair<std::string, std::string>> dependencies;  // (held, wanted) by names of nodes
  ExploreStatistics statistics;
  std::vector<std::string> problems;  // it could not be explored, or an internal contradiction
  std::vector<std::string> notes;
};

// REQUIRES: program.scenario.  With `explore` false one schedule is run, for the lock orders alone.
ScenarioFindings CheckScenario(const Program& program, const ExploreOptions& options, bool explore);

// All that is reached, without the orders; `schedule` not empty: follows it first.  Schedules are those of
// explore::Explore, behind the settings where the script has switches: "[gate=off] user:lock(a) ...".
Exploration ExploreScenario(const Program& program, const ExploreOptions& options, const std::string& schedule = "");

// From here on, places in findings are where an operation wanted a lock, not where its helper took it.
void PassOverTakers();

// The schedule behind the settings, if they are the program's.
std::optional<std::string> WithoutSettings(const Program& program, const std::string& schedule);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCENARIO_CHECK_H_
