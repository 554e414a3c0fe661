#include "lockdep/switch_search.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {

SwitchSearch::SwitchSearch(const PackedProgram& program, Transitions& transitions, Counts counts)
    : program_(program),
      transitions_(transitions),
      counts_(counts),
      table_(program.words + 1),
      key_(program.words + 1),
      steps_(program.words) {}

std::uint64_t SwitchSearch::memory_bytes() const {
  return table_.memory_bytes() + costs_.capacity() * (2 * sizeof(Node)) + done_.capacity() / 8 +
         (now_.capacity() + later_.capacity()) * sizeof(Node);
}

void SwitchSearch::Run(int cost_max, const std::function<bool(const Visit&)>& visit) {
  const std::vector<Word> initial = transitions_.Initial();
  Meet(0, 0, initial.data(), kNobody);
  // First come first within a cost, so that paths are short.
  for (int cost = 0; cost <= cost_max && !now_.empty(); ++cost) {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const Node node = now_[i];
      if (done_[node] || costs_[node] != cost) continue;
      done_[node] = true;
      steps_.Clear();
      transitions_.Of(table_.At(node), steps_);
      if (!visit({node, table_.At(node), cost, steps_})) return;
      Follow(node);
    }
    now_.swap(later_);
    later_.clear();
  }
}

void SwitchSearch::Follow(Node node) {
  const Word last = table_.At(node)[program_.words];
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Word mover = steps_.step(i).slot;
    const bool free = mover == last || (last == kNobody && counts_ == Counts::kPreemptions);
    Meet(node, costs_[node] + (free ? 0 : 1), steps_.state(i), mover);
  }
}

void SwitchSearch::Meet(Node from, int cost, const Word* state, Word last) {
  std::copy(state, state + program_.words, key_.begin());
  // Who cannot go on is as good as nobody: whoever goes on is another one.
  key_.back() = last != kNobody && transitions_.CanGoOn(state, static_cast<int>(last)) ? last : kNobody;
  const auto [node, is_new] = table_.Insert(key_.data());
  if (is_new) {
    parents_.push_back(from);
    costs_.push_back(cost);
    done_.push_back(false);
  } else if (cost >= costs_[node]) {
    return;
  }
  LOCKDEP_CHECK(!done_[node]);
  parents_[node] = from;
  costs_[node] = cost;
  (cost == costs_[from] ? now_ : later_).push_back(node);
}

ProgramPath SwitchSearch::PathTo(Node node) {
  ProgramPath path;
  StepBuffer steps(program_.words);
  while (parents_[node] != node) {
    const Node from = parents_[node];
    steps.Clear();
    transitions_.Of(table_.At(from), steps);
    std::size_t i = 0;
    while (!Leads(steps, i, from, node)) ++i;
    path.push_back(steps.step(i));
    node = from;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

// Whether the i-th step from `from` leads to `node` at its cost.
bool SwitchSearch::Leads(const StepBuffer& steps, std::size_t i, Node from, Node node) const {
  LOCKDEP_CHECK(i < steps.size());
  const Word* to = table_.At(node);
  if (!std::equal(to, to + program_.words, steps.state(i))) return false;
  const Word mover = steps.step(i).slot;
  const Word last = table_.At(from)[program_.words];
  const bool free = mover == last || (last == kNobody && counts_ == Counts::kPreemptions);
  if (costs_[node] != costs_[from] + (free ? 0 : 1)) return false;
  return to[program_.words] == mover || to[program_.words] == kNobody;
}

}  // namespace lockdep
