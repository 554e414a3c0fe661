// Lock programs run as C++ on the explorer's fibers, to compare the engines.
//
// Each thread of the program interprets its operations on locks that the explorer simulates; what threads share
// beside locks is in one Var.  Wherever it goes back it keeps what it knows in a Var of its own and restarts, so that
// states come again; at the head of an endless loop it stands at a boundary.
//
// Pure functions.
// Cost: each state is reached by running the program from its beginning.
#ifndef TESTS_LOCKDEP_EXPLORE_PROGRAM_ON_FIBERS_H_
#define TESTS_LOCKDEP_EXPLORE_PROGRAM_ON_FIBERS_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/lock_program.h"
#include "tests/reference/script_schedules.h"

namespace lockdep::explore {

// Of each thread that is stuck: which, and before what; -1: it still moves.  Copies are not told apart.  Rising.
using StuckPlaces = std::vector<std::pair<int, int>>;

StuckPlaces WithoutCopies(const reference::StuckSet& stuck);

struct RunOnFibers {
  std::set<StuckPlaces> hangs;
  std::set<std::pair<int, int>> failures;  // of assertions: thread and operation
  bool exhausted = false;
  std::string gave_up;
  std::vector<std::string> errors;
  std::uint64_t states = 0;
  std::uint64_t executions = 0;
};

// Nothing of it is beyond what C++ code can do: it does not wait for sections to end, does not make or destroy
// locks while others use them, and what may fail freely is not a timed wait.
bool RunsOnFibers(const LockProgram& program);

// `every_step`: see ExecutionSettings.  REQUIRES: RunsOnFibers.
RunOnFibers ExploreOnFibers(const LockProgram& program, std::uint64_t states_max, bool every_step);

}  // namespace lockdep::explore

#endif  // TESTS_LOCKDEP_EXPLORE_PROGRAM_ON_FIBERS_H_
