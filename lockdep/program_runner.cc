#include "lockdep/program_runner.h"

#include <algorithm>

#include "lockdep/hang_analysis.h"
#include "lockdep/packed_program.h"
#include "lockdep/runner_numbers.h"
#include "lockdep/state_graph.h"
#include "lockdep/transitions.h"

namespace lockdep {

struct ProgramRunner::Impl {
  explicit Impl(const LockProgram& program) : packed(program), buffer(packed.words) {
    if (!packed.impossible.empty()) return;
    transitions.emplace(packed);
    state = transitions->Initial();
    numbers.emplace(packed, *transitions);
    numbers->Follow(state.data());
  }

  const PackedProgram packed;
  StepBuffer buffer;
  std::optional<Transitions> transitions;
  std::optional<RunnerNumbers> numbers;
  std::vector<Word> state;
};

ProgramRunner::ProgramRunner(const LockProgram& program) : impl_(std::make_unique<Impl>(program)) {}

ProgramRunner::~ProgramRunner() = default;

const std::string& ProgramRunner::impossible() const { return impl_->packed.impossible; }

int ProgramRunner::count() const { return impl_->numbers->count(); }

RunnerName ProgramRunner::NameOf(int number) const { return impl_->numbers->NameOf(impl_->numbers->SlotOf(number)); }

int ProgramRunner::NumberOf(RunnerName name) const {
  const int slot = impl_->numbers->SlotOf(name);
  return slot < 0 ? -1 : impl_->numbers->NumberOf(slot);
}

bool ProgramRunner::HasEnded(int number) const {
  return impl_->transitions->HasEnded(impl_->state.data(), impl_->numbers->SlotOf(number));
}

int ProgramRunner::OpOf(int number) const {
  return impl_->transitions->ActionOf(impl_->state.data(), impl_->numbers->SlotOf(number)).at;
}

std::vector<ProgramStep> ProgramRunner::Possible(int number) {
  impl_->buffer.Clear();
  impl_->transitions->Of(impl_->state.data(), impl_->numbers->SlotOf(number), impl_->buffer);
  std::vector<ProgramStep> steps;
  for (std::size_t i = 0; i < impl_->buffer.size(); ++i) {
    steps.push_back(impl_->numbers->ToProgram(impl_->buffer.step(i)));
  }
  return steps;
}

bool ProgramRunner::Do(const ProgramStep& step) {
  const int number = NumberOf(step.runner);
  if (number < 0) return false;
  const std::vector<ProgramStep> steps = Possible(number);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ProgramStep& possible = steps[i];
    if (possible.op != step.op || possible.result != step.result || possible.woken != step.woken) continue;
    impl_->state.assign(impl_->buffer.state(i), impl_->buffer.state(i) + impl_->packed.words);
    impl_->numbers->Follow(impl_->state.data());
    return true;
  }
  return false;
}

std::optional<std::vector<ProgramRunner::Stuck>> ProgramRunner::StuckRunners(std::size_t states_max) {
  StateGraph graph(impl_->packed.words);
  graph.table.Insert(impl_->state.data());
  for (StateGraph::Number now = 0; now < graph.table.size(); ++now) {
    impl_->buffer.Clear();
    impl_->transitions->Of(graph.table.At(now), impl_->buffer);
    for (std::size_t i = 0; i < impl_->buffer.size(); ++i) {
      if (impl_->buffer.step(i).result == StepResult::kSpurious) continue;
      graph.arcs.push_back(graph.table.Insert(impl_->buffer.state(i)).number);
      graph.movers.push_back(StateGraph::MoverOf(impl_->buffer.step(i)));
    }
    graph.arcs_begin.push_back(graph.arcs.size());
    if (graph.table.size() > states_max || !impl_->transitions->gave_up().empty()) return std::nullopt;
  }
  std::vector<Stuck> stuck;
  for (const StuckSlot& each : StuckFromFirst(graph, impl_->packed, *impl_->transitions)) {
    stuck.push_back({impl_->numbers->NumberOf(each.slot), each.moves});
  }
  std::sort(stuck.begin(), stuck.end(), [](const Stuck& a, const Stuck& b) { return a.number < b.number; });
  return stuck;
}

}  // namespace lockdep
