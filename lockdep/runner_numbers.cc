#include "lockdep/runner_numbers.h"

namespace lockdep {

RunnerNumbers::RunnerNumbers(const PackedProgram& program, const Transitions& transitions)
    : program_(program), transitions_(transitions), numbers_(program.slots.size(), -1) {
  for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
    if (program.slots[slot].starts) Start(static_cast<int>(slot));
  }
}

void RunnerNumbers::Start(int slot) {
  numbers_[static_cast<std::size_t>(slot)] = count();
  slots_.push_back(slot);
}

void RunnerNumbers::Follow(const Word* state) {
  if (slots_.size() == numbers_.size()) return;
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    const int slot = static_cast<int>(i);
    if (numbers_[i] < 0 && transitions_.HasStarted(state, slot)) Start(slot);
  }
}

RunnerName RunnerNumbers::NameOf(int slot) const {
  const PackedSlot& named = program_.slots[static_cast<std::size_t>(slot)];
  return {named.thread, named.copy};
}

int RunnerNumbers::SlotOf(RunnerName name) const {
  if (name.thread < 0 || static_cast<std::size_t>(name.thread) >= program_.slots_of_thread.size()) return -1;
  const std::vector<int>& slots = program_.slots_of_thread[static_cast<std::size_t>(name.thread)];
  if (name.copy < 0 || static_cast<std::size_t>(name.copy) >= slots.size()) return -1;
  return slots[static_cast<std::size_t>(name.copy)];
}

ProgramStep RunnerNumbers::ToProgram(const SlotStep& step) const {
  ProgramStep result;
  result.runner = NameOf(step.slot);
  result.op = step.op;
  result.result = step.result;
  if (step.woken >= 0) result.woken = NumberOf(step.woken);
  return result;
}

void RunnerNumbers::Append(const SlotStep& step, ProgramSchedule& schedule) const {
  if (step.result == StepResult::kSpurious) {
    SlotStep sleeps = step;
    sleeps.result = StepResult::kAnnounced;
    schedule.push_back(ToProgram(sleeps));
  }
  schedule.push_back(ToProgram(step));
}

}  // namespace lockdep
