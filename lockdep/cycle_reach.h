// Can a program get into one given cycle: threads that hold its locks and wait for each other, for good?
//
// Another hang of the same threads does not count: only a state in which exactly the links of the cycle
// wait.  A thread of each link is another one.
//
// Thread-safe: no state.
// Cost: one search of all schedules (schedule_search.h), which ends at the first such state.
#ifndef LOCKDEP_CYCLE_REACH_H_
#define LOCKDEP_CYCLE_REACH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/lock_program.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

// A cycle in a program.  The thread of a link holds its `held` lock and waits for its `wanted` one, which
// the thread of the next link (after the last: of the first) holds.
struct CycleTarget {
  struct Link {
    int thread = LockProgram::kNone;  // index into LockProgram::threads; kNone: any
    int held = 0;                     // index into LockProgram::locks
    int wanted = 0;                   // the next link's `held`, or another instance of its class
    // Exclusive or not; which kind of reader makes no difference.
    Mode held_mode = Mode::kExclusive;
    Mode wanted_mode = Mode::kExclusive;
  };
  std::vector<Link> links;
};

enum class Reach : std::uint8_t { kReached, kUnreachable, kGaveUp };

struct CycleReach {
  Reach reach = Reach::kGaveUp;
  ProgramSchedule schedule;          // of kReached, to a state in which all links wait
  std::vector<int> runners;          // of kReached: who waits by each link, by number
  std::vector<RunnerState> at_end;   // of kReached: where all of them stand then
  std::string gave_up;               // of kGaveUp: why, as a phrase
  ExploreStatistics statistics;
};

// Operations of the schedule are those of `program`.  A cycle over two instances (a `wanted` that is not
// the next `held`) is unreachable.
CycleReach ReachesCycle(const LockProgram& program, const CycleTarget& target, const ExploreOptions& options);

// As if the locks of `absent` (by index) did not exist: whoever asks for one has it at once.  They still
// count as held, in `at_end`.
CycleReach ReachesCycleWithout(const LockProgram& program, const std::vector<bool>& absent, const CycleTarget& target,
                               const ExploreOptions& options);

}  // namespace lockdep

#endif  // LOCKDEP_CYCLE_REACH_H_
