// Joins what the orders of a script say with what the search of all its schedules reached:
//
//   finding of orders   its hang    search      becomes
//   cycle, nesting      reached                 real, with the schedule
//   cycle, nesting      not         of all      false, exhausted; the reasons of the orders stay
//   cycle, nesting      not         gave up     as it was; `missing` says that it gave up
//   none                reached                 circular, where orders know every link; else a hang of its
//                                               own, whose detail says why orders missed it
//
// A cycle through a declared role, which may have more threads than the script, is searched with more of
// them: reached only there, it is predicted.  A cycle that a shorter one, which is real, makes part of
// is not listed, as in the findings of orders (lockdep/README.md).
//
// Findings about interrupts and misuse keep their verdicts.  Asserts that do not hold and data races are
// added; livelocks stand apart, because they are warnings.
//
// Thread-safe: no state.  Cost: a search of all schedules for each role with too few threads.
#ifndef WORKLOADS_JOINING_H_
#define WORKLOADS_JOINING_H_

#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/schedule_search.h"
#include "workloads/order_pass.h"
#include "workloads/program.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {

struct Joined {
  std::vector<Finding> findings;
  std::vector<bool> hung;  // of each finding: its hang was reached
  std::vector<Finding> livelocks;
  // Mistakes of ours: what the orders excluded and the search reached, or the other way round.
  std::vector<std::string> contradictions;
};

Joined Join(const Program& program, const OrderPassResult& orders, ScriptExploration explored,
            const SearchOptions& options);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_JOINING_H_
