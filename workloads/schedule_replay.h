// Does the steps of a schedule, one after the other, in the model.
//
// Thread-safe: no state.  Cost: a few microseconds a step; what never ends from where the schedule
// ends is searched for, as far as kReplayStatesMax.
#ifndef WORKLOADS_SCHEDULE_REPLAY_H_
#define WORKLOADS_SCHEDULE_REPLAY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/schedule_search.h"
#include "workloads/lowering.h"
#include "workloads/program.h"
#include "workloads/schedule_text.h"

namespace lockdep::workloads {

inline constexpr std::size_t kReplayStatesMax = 1'000'000;

struct ScriptReplay {
  // Why it cannot go on: "step 3: expected t2 at line 9, found t2 at line 10: lock c; it cannot do
  // that because a is held by t1".  Empty: all steps were done.
  std::string diverged;
  ProgramSchedule schedule;         // the steps that were done
  std::vector<ScheduleStep> steps;  // the same for people, and the waits that never end
  // What the schedule reached: hangs, asserts that do not hold, a data race in its last two steps.
  std::vector<Finding> findings;
  bool ended = false;             // all threads did
  bool doomed = false;            // some threads never end from here on, but are not yet where they will wait
  bool decided = true;            // false: whether the rest can end was too much to find out
  std::vector<std::string> next;  // what could go on: "t1 at line 5: lock a"
};

// REQUIRES: the schedule's settings are the program's, or there are none.
ScriptReplay ReplayOn(const Program& program, const ScheduleText& schedule);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCHEDULE_REPLAY_H_
