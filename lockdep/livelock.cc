#include "lockdep/livelock.h"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/check.h"
#include "lockdep/strong_components.h"

namespace lockdep {
namespace {

using Number = StateGraph::Number;
using Slots = std::uint64_t;

constexpr Slots Bit(int slot) { return Slots{1} << slot; }

class Finder {
 public:
  Finder(const StateGraph& graph, const PackedProgram& program, Transitions& transitions,
         const std::vector<bool>& hangs)
      : graph_(graph), program_(program), transitions_(transitions), open_(hangs), component_(hangs.size(), 0) {
    open_.flip();
  }

  std::optional<LivelockStates> Run() {
    while (std::find(open_.begin(), open_.end(), true) != open_.end()) Split();
    if (best_.empty()) return std::nullopt;
    // From now on the states of the loop have the number of its component to themselves.
    ++components_;
    for (const Number state : best_) component_[state] = components_;
    return LivelockStates{First(best_), LoopFrom(First(best_))};
  }

 private:
  // What of the open states may still be part of a livelock: those of a component without whom keeps it from being one.
  void Split() {
    std::vector<bool> left(open_.size(), false);
    const auto next = [&](Number state) { return graph_.ArcsOf(state); };
    const auto within = [&](Number state) { return open_[state]; };
    ForEachStrongComponent(graph_.table.size(), next, within, [&](std::span<const Number> members) {
      ++components_;
      for (const Number state : members) component_[state] = components_;
      Look(members, left);
    });
    open_ = std::move(left);
  }

  template <typename Seen>  // called with from, mover's bits, to
  void ForEachArc(std::span<const Number> members, const Seen& seen) const {
    for (const Number state : members) {
      const auto arcs = graph_.ArcsOf(state);
      const auto movers = graph_.MoversOf(state);
      for (std::size_t i = 0; i < arcs.size(); ++i) seen(state, movers[i], arcs[i]);
    }
  }

  // Whether both are of the component that was numbered last.
  bool IsInside(Number to) const { return component_[to] == components_; }

  void Look(std::span<const Number> members, std::vector<bool>& left) {
    Slots enabled = 0;
    Slots moving = 0;
    ForEachArc(members, [&](Number, std::uint8_t mover, Number to) {
      enabled |= Bit(StateGraph::SlotOf(mover));
      if (IsInside(to)) moving |= Bit(StateGraph::SlotOf(mover));
    });
    if (moving == 0) return;
    std::vector<Number> leads_out;
    ForEachArc(members, [&](Number from, std::uint8_t mover, Number to) {
      const bool leaves = (moving & Bit(StateGraph::SlotOf(mover))) == 0;
      const bool by_choice = StateGraph::IsFree(mover) && !IsInside(to);
      if (leaves || by_choice) leads_out.push_back(from);
    });
    if (leads_out.empty()) return Note(members, moving);
    for (const Number state : members) left[state] = true;
    for (const Number state : leads_out) left[state] = false;
  }

  void Note(std::span<const Number> members, Slots moving) {
    const bool counts = std::popcount(moving & ~Endless(members)) >= 2;
    if (counts && (best_.empty() || First(members) < First(best_))) best_.assign(members.begin(), members.end());
  }

  static Number First(std::span<const Number> members) { return *std::min_element(members.begin(), members.end()); }

  // Who is in an endless loop of his own.
  Slots Endless(std::span<const Number> members) const {
    Slots endless = 0;
    const Word* state = graph_.table.At(members.front());
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      if (!transitions_.HasStarted(state, slot)) continue;
      if (transitions_.ActionOf(state, slot).endless >= 0) endless |= Bit(slot);
    }
    return endless;
  }

  // --- A way round --------------------------------------------------------------------------------

  // Through a step of each that moves, always the nearest one, and back.
  ProgramPath LoopFrom(Number first) {
    Slots wanted = 0;
    ForEachArc(best_, [&](Number, std::uint8_t mover, Number to) {
      if (IsInside(to)) wanted |= Bit(StateGraph::SlotOf(mover));
    });
    ProgramPath loop;
    Number at = first;
    while (wanted != 0) {
      at = Walk(at, loop, [&](int slot, Number) { return (wanted & Bit(slot)) != 0; });
      for (const SlotStep& step : loop) wanted &= ~Bit(step.slot);
    }
    if (at != first) Walk(at, loop, [&](int, Number to) { return to == first; });
    return loop;
  }

  struct Reached {
    Number state = 0;
    std::size_t from = 0;  // index of the one before
  };

  // To the end of the nearest arc that is wanted, breadth-first.
  template <typename Wanted>
  Number Walk(Number from, ProgramPath& path, const Wanted& wanted) {
    std::vector<Reached> reached = {{from, 0}};
    absl::flat_hash_set<Number> seen = {from};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const Number at = reached[i].state;
      const auto arcs = graph_.ArcsOf(at);
      const auto movers = graph_.MoversOf(at);
      for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (!IsInside(arcs[a])) continue;
        const int slot = StateGraph::SlotOf(movers[a]);
        if (wanted(slot, arcs[a])) {
          AddPath(reached, i, path);
          path.push_back(StepBetween(at, arcs[a], slot));
          return arcs[a];
        }
        if (seen.insert(arcs[a]).second) reached.push_back({arcs[a], i});
      }
    }
    LOCKDEP_CHECK(false);
    return from;
  }

  void AddPath(const std::vector<Reached>& reached, std::size_t to, ProgramPath& path) {
    ProgramPath steps;
    for (; to != 0; to = reached[to].from) {
      steps.push_back(StepBetween(reached[reached[to].from].state, reached[to].state, kAny));
    }
    path.insert(path.end(), steps.rbegin(), steps.rend());
  }

  static constexpr int kAny = -1;

  SlotStep StepBetween(Number from, Number to, int slot) {
    StepBuffer steps(program_.words);
    transitions_.Of(graph_.table.At(from), steps);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (slot != kAny && steps.step(i).slot != slot) continue;
      if (graph_.table.Find(steps.state(i)) == to) return steps.step(i);
    }
    LOCKDEP_CHECK(false);
    return {};
  }

  const StateGraph& graph_;
  const PackedProgram& program_;
  Transitions& transitions_;
  std::vector<bool> open_;                // by state: may be part of a livelock
  std::vector<std::uint32_t> component_;  // by state
  std::uint32_t components_ = 0;          // so far
  std::vector<Number> best_;
};

}  // namespace

std::optional<LivelockStates> FindLivelock(const StateGraph& graph, const PackedProgram& program,
                                           Transitions& transitions, const std::vector<bool>& hangs) {
  return Finder(graph, program, transitions, hangs).Run();
}

}  // namespace lockdep
