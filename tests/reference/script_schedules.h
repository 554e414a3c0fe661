// Every schedule of a lock program, by brute force: which hangs can be reached?
//
// What lockdep's own search (lockdep/schedule_search.h) is compared with.  It shares nothing with it but the program
// and its meaning as lock_program.h says it: every operation is a step of its own, jumps included; a state is a plain
// structure; no reduction; and its blocking rules are written from the definitions:
//   * An exclusive request waits while somebody holds the lock; a shared one while somebody holds it exclusively.
//     A recursive mutex lets its holder in.  A per-cpu lock keeps out only its holder.  A section keeps out nobody.
//   * A shared request that is not recursive waits behind waiting writers too; not of a pseudo lock.
//   * A blocking or timed write of an rwsem, rwlock or percpu lock that has to wait is announced first; of a percpu
//     lock always.
//
// Hangs by their definition: a state is good if all have ended in it, or if it lies on a cycle on which each has
// ended or comes back to the head of its endless loop.  It hangs if no good one can be reached from it, sleepers that
// wake up by themselves left aside.
//
// Pure functions.
// Cost: time and memory proportional to the square of the number of states.
#ifndef TESTS_REFERENCE_SCRIPT_SCHEDULES_H_
#define TESTS_REFERENCE_SCRIPT_SCHEDULES_H_

#include <compare>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/lock_program.h"

namespace lockdep::reference {

struct StuckRunner {
  int thread = 0;
  int copy = 0;
  int op = 0;  // -1: it still moves
  friend auto operator<=>(const StuckRunner&, const StuckRunner&) = default;
};
using StuckSet = std::vector<StuckRunner>;  // rising

struct ProgramExploration {
  std::size_t states = 0;
  bool exhausted = true;  // false: gave up at states_max, nothing else counts
  std::set<StuckSet> hangs;
  std::set<std::pair<int, int>> failures;  // thread and operation
  std::set<int> races;                     // variables
};

ProgramExploration ExploreProgram(const LockProgram& program, std::size_t states_max);

// "t1@2 t2.1@3 t3 moves".
std::string Describe(const LockProgram& program, const StuckSet& stuck);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_SCRIPT_SCHEDULES_H_
