// The deterministic run of a script, and what the validator says about it.
//
// Runs the program once, and then again with tries and timed waits that succeeded not got: each alone, each
// two together, and so on, as far as the limits of runs and steps go; a note says if there were more.  All
// runs feed one validator, as runs of the same threads and locks.  Nothing really waits.  What hangs
// is executed only in the model, and the finding says so.
//
// Thread-safe: no state.  Cost: the steps of the program for each run, plus the validator's.
#ifndef WORKLOADS_ORDER_PASS_H_
#define WORKLOADS_ORDER_PASS_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "workloads/program.h"
#include "workloads/simulation.h"

namespace lockdep::workloads {

// A hang of one of the runs.
struct RunHang {
  Finding finding;
  // Only a run hung like this in which a try or a timed wait was made to fail.
  bool forced = false;
};

struct OrderPassResult {
  std::vector<Finding> findings;  // of the orders
  std::vector<RunHang> hangs;
  // Threads that waited for themselves in the run in which nothing was made to fail.
  std::vector<Finding> self_deadlocks;
  // (held, wanted) by names of nodes: "a", "C", "C/1".
  std::vector<std::pair<std::string, std::string>> dependencies;
  std::set<StatementContext> contexts;  // all that were recorded
  std::vector<ScriptError> failures;    // uses of destroyed locks, too many threads
  std::vector<ScriptError> unended;     // threads that did not end
  std::vector<ScriptError> broken_asserts;
  std::vector<std::vector<bool>> ran;  // of each thread of the program: which statements
  std::vector<std::string> notes;      // limits that were reached
};

OrderPassResult RunOrderPass(const Program& program, SimulationOptions options = {});

// Whether a lock may be another one, or of another class, as the schedule has it.
bool ChangesLocks(const Program& program);

// What the runs left out of what the script can do, so that an order that none of them had may come about; or "".
std::string NotRun(const Program& program, const OrderPassResult& result);

// A `false` that rests on orders alone becomes unknown if the runs left something out.
void ReopenWhereNotRun(const Program& program, const OrderPassResult& result, Finding& finding);

// Whether the self-deadlock came about where nothing was made to fail.
bool WasExecuted(const OrderPassResult& result, const Finding& self_deadlock);

// A hang, or a self-deadlock, of a run in which a try was made to fail: whether it can fail there is not known.
void MakeUnknownAsForced(Finding& hang);

// The findings with the hangs, by the runs alone: a hang that consists of a finding's links makes that one real if
// nothing was made to fail for it.
std::vector<Finding> WithHangs(const Program& program, const OrderPassResult& result);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_ORDER_PASS_H_
