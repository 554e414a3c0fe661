// Every schedule of a small program, by brute force: which hangs can be reached?
//
// Blocking rules, from the definitions and independent of lockdep's own table:
//   * An exclusive request waits while the lock is held.
//   * A shared request waits while the lock is held exclusively or a writer waits for it; a recursive-shared one
//     ignores waiting writers.
//   * A write that has to wait for a lock that may have readers is two steps: announcing (from then on a writer
//     waits) and getting it.  A write of a percpu lock always is.
//   * A trylock decides by the state; a shared one may do either while only a waiting writer is in the way.
//   * A timed wait may end without the lock at any time.
// Each thread exists `count` times.  What a failure leads to is said in program.h.
//
// A hang is a state in which no thread can move and not all have ended.  Threads are straight lines, so a set of
// threads that waits for ever ends in such a state, once the others have run out.
//
// Pure functions.
// Cost: time and memory proportional to the number of states, which is exponential in the number of threads.
#ifndef TESTS_REFERENCE_SCHEDULES_H_
#define TESTS_REFERENCE_SCHEDULES_H_

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/reference/program.h"

namespace lockdep::reference {

// One link of a wait-for cycle: a thread holds one lock and waits for another (or the same).
struct WaitLink {
  int thread = 0;  // index into Program::threads
  int copy = 0;    // which of its `count`
  int held = 0;
  int held_subclass = 0;
  Mode held_mode = Mode::kExclusive;
  int wanted = 0;
  int wanted_subclass = 0;
  Mode wanted_mode = Mode::kExclusive;
  friend auto operator<=>(const WaitLink&, const WaitLink&) = default;
};

// From the link with the least held lock on; every link's wanted lock is the next one's held lock, and the locks
// are distinct.
using WaitCycle = std::vector<WaitLink>;

struct Exploration {
  std::size_t states = 0;
  bool exhausted = true;  // false: gave up at states_max
  std::size_t hangs = 0;  // states
  // Each hang's cycles, with a schedule that reaches it: one line per step.
  std::map<WaitCycle, std::vector<std::string>> cycles;
};

Exploration Explore(const Program& program, std::size_t states_max);

// "t0: a -> b, t1: b -> a".
std::string Describe(const Program& program, const WaitCycle& cycle);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_SCHEDULES_H_
