// Who waits for whom where a replayed schedule of a script ends, in the words of its reports.
//
// Thread-safe: no state.  Cost: O(runners x links).
#ifndef WORKLOADS_REPLAYED_SNAPSHOT_H_
#define WORKLOADS_REPLAYED_SNAPSHOT_H_

#include <vector>

#include "lockdep/hang.h"
#include "lockdep/schedule_search.h"
#include "workloads/lowering.h"
#include "workloads/program.h"

namespace lockdep::workloads {

// A runner that never ends.
struct StuckRunner {
  int number = 0;
  bool moves = false;  // round a loop, and may be waiting just now
};

// Of the runners `stuck`.  One that moves is said to try what it never gets.  `steps` is the length of
// the schedule.
Snapshot SnapshotOf(const Program& program, const LoweredProgram& lowered, const ReplayResult& replay,
                    const std::vector<StuckRunner>& stuck, std::size_t steps);

// What a runner wants and holds, by statements.
StatementContext ContextOf(const Program& program, const LoweredProgram& lowered, const RunnerState& runner);

// The name of a runner: "t1", "t1#2".
std::string NameOf(const Program& program, const LoweredProgram& lowered, RunnerName runner);

// The statement behind an operation of a runner's thread.
const Op& StatementOf(const Program& program, const LoweredProgram& lowered, RunnerName runner, int op);
Place PlaceOf(const Program& program, const LoweredProgram& lowered, RunnerName runner, int op);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_REPLAYED_SNAPSHOT_H_
