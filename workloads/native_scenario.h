// Runs a scenario of hotplug/ on real threads, with the real locks and the validator of the process, in a process of
// its own: once, or as a stress (hotplug/stress.h).
//
// A watch looks at the threads from outside (lockdep/blocked_threads.h).  Threads that wait for each other end the run,
// and so does a run in which no operation has ended for the time-out.  Checks that do not hold end nothing: each text
// is one finding.
//
// REQUIRES: the calling process has one thread, because it forks.
// Thread-confined.
#ifndef WORKLOADS_NATIVE_SCENARIO_H_
#define WORKLOADS_NATIVE_SCENARIO_H_

#include <optional>
#include <string>
#include <vector>

#include "hotplug/stress.h"
#include "lockdep/finding.h"
#include "workloads/native_run.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct NativeScenarioResult {
  std::string not_run;  // why it cannot be run so; empty: it was
  // Hangs, and invariants that were broken: they happened.
  std::vector<Finding> happened;
  // What the validator found in a stress.  Of threads that run once it is known from all schedules.
  std::vector<Finding> findings;
  std::vector<std::string> problems;  // threads that did not end, locks that were left locked, a crash
  std::vector<std::string> notes;
  std::optional<hotplug::StressResult> stress;
};

// REQUIRES: program.scenario.
NativeScenarioResult RunScenarioNatively(const Program& program, const NativeOptions& options);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_SCENARIO_H_
