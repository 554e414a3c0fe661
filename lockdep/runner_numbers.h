// Slots of a packed program as people and schedule_search.h number them, and back.
//
// Thread-compatible.
// Cost: O(slots) for each step.
#ifndef LOCKDEP_RUNNER_NUMBERS_H_
#define LOCKDEP_RUNNER_NUMBERS_H_

#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/schedule_search.h"
#include "lockdep/transitions.h"

namespace lockdep {

class RunnerNumbers {
 public:
  RunnerNumbers(const PackedProgram& program, const Transitions& transitions);

  // Numbers the slots that have started in `state` and had not before.
  void Follow(const Word* state);

  int count() const { return static_cast<int>(slots_.size()); }
  int SlotOf(int number) const { return slots_[static_cast<std::size_t>(number)]; }
  // -1: not started.
  int NumberOf(int slot) const { return numbers_[static_cast<std::size_t>(slot)]; }
  RunnerName NameOf(int slot) const;
  // -1: there can be none.
  int SlotOf(RunnerName name) const;
  // As of now, before the step.
  ProgramStep ToProgram(const SlotStep& step) const;
  // The same, as one or two steps of a schedule: a sleeper that wakes up by itself falls asleep first.
  void Append(const SlotStep& step, ProgramSchedule& schedule) const;

 private:
  void Start(int slot);

  const PackedProgram& program_;
  const Transitions& transitions_;
  std::vector<int> slots_;    // by number
  std::vector<int> numbers_;  // by slot
};

}  // namespace lockdep

#endif  // LOCKDEP_RUNNER_NUMBERS_H_
