// A way through a packed program, step by step, and the schedule that it is.
//
// Thread-compatible.
// Cost: that of the transitions of one slot for each step.
#ifndef LOCKDEP_PROGRAM_PATH_H_
#define LOCKDEP_PROGRAM_PATH_H_

#include <vector>

#include "lockdep/runner_numbers.h"
#include "lockdep/transitions.h"

namespace lockdep {

using ProgramPath = std::vector<SlotStep>;

// A run along a path, from the start of the program.
class PathRun {
 public:
  PathRun(const PackedProgram& program, Transitions& transitions);

  // False, and nothing is done, if this cannot be the next step.
  bool Do(const SlotStep& step);
  // REQUIRES: each can be done.
  void DoAll(const ProgramPath& path);

  const Word* state() const { return state_.data(); }
  const RunnerNumbers& numbers() const { return numbers_; }
  const ProgramSchedule& schedule() const { return schedule_; }

 private:
  const PackedProgram& program_;
  Transitions& transitions_;
  StepBuffer buffer_;
  std::vector<Word> state_;
  RunnerNumbers numbers_;
  ProgramSchedule schedule_;
};

// Fewer switches of threads, if steps can be moved together so that the path ends in the same state.
ProgramPath WithFewerSwitches(const PackedProgram& program, Transitions& transitions, const ProgramPath& path);

// How often another thread goes on than before.
int SwitchesOf(const ProgramPath& path);

}  // namespace lockdep

#endif  // LOCKDEP_PROGRAM_PATH_H_
