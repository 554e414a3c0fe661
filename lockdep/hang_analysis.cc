#include "lockdep/hang_analysis.h"

#include <algorithm>
#include <span>

#include "lockdep/strong_components.h"

namespace lockdep {
namespace {

using Number = StateGraph::Number;

constexpr std::uint64_t Bit(int slot) { return std::uint64_t{1} << slot; }

class Analysis {
 public:
  Analysis(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions)
      : graph_(graph), program_(program), transitions_(transitions), reaches_good_(graph.table.size(), false) {}

  std::vector<HangingPart> Run() {
    component_.assign(graph_.table.size(), 0);
    const auto next = [&](Number state) { return graph_.ArcsOf(state); };
    const auto any = [](Number) { return true; };
    ForEachStrongComponent(graph_.table.size(), next, any, [&](std::span<const Number> members) { Visit(members); });
    return std::move(parts_);
  }

 private:
  void Visit(std::span<const Number> members) {
    ++components_;
    for (const Number state : members) component_[state] = components_;
    bool left = false;
    bool good = false;
    std::uint64_t movers = 0;
    for (const Number state : members) {
      const auto arcs = graph_.ArcsOf(state);
      const auto slots = graph_.MoversOf(state);
      for (std::size_t i = 0; i < arcs.size(); ++i) {
        if (component_[arcs[i]] == components_) {
          movers |= Bit(slots[i]);
        } else {
          left = true;
          good = good || reaches_good_[arcs[i]];
        }
      }
    }
    if (!good) good = IsGood(members, movers);
    if (good) {
      for (const Number state : members) reaches_good_[state] = true;
    } else if (!left) {
      AddPart(members, movers);
    }
  }

  // The slots that come to the head of their endless loop on cycles through `members`.
  std::uint64_t Serving(std::span<const Number> members, std::uint64_t movers) const {
    std::uint64_t serving = 0;
    if (!program_.has_endless) return serving;
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      if ((movers & Bit(slot)) == 0) continue;
      const bool comes = std::any_of(members.begin(), members.end(), [&](Number state) {
        const PackedAction& action = transitions_.ActionOf(graph_.table.At(state), slot);
        return action.endless >= 0 && action.at_head;
      });
      if (comes) serving |= Bit(slot);
    }
    return serving;
  }

  bool IsGood(std::span<const Number> members, std::uint64_t movers) const {
    const Word* state = graph_.table.At(members.front());
    const std::uint64_t serving = Serving(members, movers);
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      const bool fine =
          (serving & Bit(slot)) != 0 || !transitions_.HasStarted(state, slot) || transitions_.HasEnded(state, slot);
      if (!fine) return false;
    }
    return true;
  }

  void AddPart(std::span<const Number> members, std::uint64_t movers) {
    HangingPart part;
    part.state = *std::min_element(members.begin(), members.end());
    part.states = members.size();
    const std::uint64_t serving = Serving(members, movers);
    const Word* first = graph_.table.At(part.state);
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      const bool fine =
          (serving & Bit(slot)) != 0 || !transitions_.HasStarted(first, slot) || transitions_.HasEnded(first, slot);
      if (fine) continue;
      const bool moves = (movers & Bit(slot)) != 0;
      const bool asleep = !moves && transitions_.IsAsleep(first, slot, transitions_.ActionOf(first, slot));
      part.stuck.push_back({slot, LeastOp(members, slot), moves, asleep});
    }
    parts_.push_back(std::move(part));
  }

  int LeastOp(std::span<const Number> members, int slot) const {
    int least = transitions_.ActionOf(graph_.table.At(members.front()), slot).at;
    for (const Number state : members) {
      least = std::min(least, transitions_.ActionOf(graph_.table.At(state), slot).at);
    }
    return least;
  }

  const StateGraph& graph_;
  const PackedProgram& program_;
  const Transitions& transitions_;
  std::vector<bool> reaches_good_;
  std::vector<std::uint32_t> component_;  // 0: not known yet
  std::uint32_t components_ = 0;
  std::vector<HangingPart> parts_;
};

}  // namespace

std::vector<HangingPart> HangingParts(const StateGraph& graph, const PackedProgram& program,
                                      const Transitions& transitions) {
  return Analysis(graph, program, transitions).Run();
}

}  // namespace lockdep
