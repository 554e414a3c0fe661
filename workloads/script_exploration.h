// Every schedule of a script's program, and what they reach, as findings.
//
// What hangs is a finding of kind hang, or self-deadlock where a thread wants what it took itself;
// an `assert` that does not hold is an invariant, unordered accesses of a plain variable are a data
// race, a loop that all can go round for ever is a livelock.  All of them are real, executed in the
// model, and have a schedule that replays them (schedule_text.h).
//
// Thread-safe: no state.  Cost: as SearchSchedules.
#ifndef WORKLOADS_SCRIPT_EXPLORATION_H_
#define WORKLOADS_SCRIPT_EXPLORATION_H_

#include <string>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/schedule_search.h"
#include "workloads/lowering.h"
#include "workloads/program.h"
#include "workloads/replayed_snapshot.h"
#include "workloads/schedule_text.h"

namespace lockdep::workloads {

Exploration ExploreProgram(const Program& program, const SearchOptions& options = {});

struct ScriptExploration {
  Exploration found;
  // What can hang is among `found`: every schedule was searched, and no hang was left out for being too many.
  bool all_hangs = false;
  // Of each of found.reached: what the threads want and hold that wait there; empty if it is no hang.
  std::vector<std::vector<StatementContext>> contexts;
  // Hangs of the same fingerprints with links of other forms (lockdep/hang.h).
  std::vector<Finding> other_forms;
};
ScriptExploration ExploreScript(const Program& program, const SearchOptions& options = {});

// What such a search looked at, and whether that was all: "exhausted: all 27 states, ...".
std::string SearchedText(const ExploreStatistics& statistics);

// The one line of a schedule, and its steps for people; runners of `stuck` that began no wait in it
// have a last step each.
ScheduleText TextOf(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule);
std::vector<ScheduleStep> StepsOf(const Program& program, const LoweredProgram& lowered,
                                  const ProgramSchedule& schedule, const std::vector<StuckRunner>& stuck);

// The last step breaks an assert.
Finding BrokenAssert(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule);
// Two accesses of a plain variable that nothing orders, where the schedule ends.
Finding DataRace(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule, int variable,
                 const std::vector<ProgramStep>& accesses);

// Why nothing of `stuck` moves where a schedule ends: hangs and self-deadlocks.
std::vector<Finding> HangsAt(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule,
                             const std::vector<StuckRunner>& stuck, bool* complete = nullptr);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCRIPT_EXPLORATION_H_
