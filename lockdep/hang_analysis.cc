#include "lockdep/hang_analysis.h"

#include <algorithm>
#include <span>

#include "lockdep/strong_components.h"

namespace lockdep {
namespace {

using Number = StateGraph::Number;

using Slots = std::uint64_t;

constexpr Slots Bit(int slot) { return Slots{1} << slot; }

class Analysis {
 public:
  Analysis(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions)
      : graph_(graph), program_(program), transitions_(transitions) {
    result_.hangs.assign(graph.table.size(), true);
    result_.component.assign(graph.table.size(), 0);
  }

  HangAnalysis Run() {
    const auto next = [&](Number state) { return graph_.ArcsOf(state); };
    const auto any = [](Number) { return true; };
    ForEachStrongComponent(graph_.table.size(), next, any, [&](std::span<const Number> members) { Visit(members); });
    return std::move(result_);
  }

  // Once it was run: those that are fine in some component.
  Slots fine_somewhere() const { return fine_somewhere_; }
  Slots moves_somewhere() const { return moves_somewhere_; }

 private:
  struct Component {
    std::span<const Number> members;
    Slots movers = 0;         // on cycles through it
    bool left = false;        // by some transition
    bool leads_well = false;  // to states that do not hang
  };

  void Visit(std::span<const Number> members) {
    const Component component = Look(members);
    const Slots fine = Fine(component);
    fine_somewhere_ |= fine;
    moves_somewhere_ |= component.movers;
    if (component.leads_well || fine == AllSlots()) {
      for (const Number state : members) result_.hangs[state] = false;
    } else if (!component.left) {
      AddPart(component, fine);
    }
  }

  Component Look(std::span<const Number> members) {
    ++components_;
    for (const Number state : members) result_.component[state] = components_;
    Component component;
    component.members = members;
    for (const Number state : members) {
      const auto arcs = graph_.ArcsOf(state);
      const auto movers = graph_.MoversOf(state);
      for (std::size_t i = 0; i < arcs.size(); ++i) {
        if (result_.component[arcs[i]] == components_) {
          component.movers |= Bit(StateGraph::SlotOf(movers[i]));
        } else {
          component.left = true;
          component.leads_well = component.leads_well || !result_.hangs[arcs[i]];
        }
      }
    }
    return component;
  }

  Slots AllSlots() const {
    const std::size_t count = program_.slots.size();
    return count == 64 ? ~Slots{0} : Bit(static_cast<int>(count)) - 1;
  }

  // Those that have not started or have ended, which is the same in all of the component, and those that come to the
  // head of their endless loop on cycles through it.
  Slots Fine(const Component& component) const {
    Slots fine = 0;
    const Word* first = graph_.table.At(component.members.front());
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      if (!transitions_.HasStarted(first, slot) || transitions_.HasEnded(first, slot) || Serves(component, slot)) {
        fine |= Bit(slot);
      }
    }
    return fine;
  }

  bool Serves(const Component& component, int slot) const {
    if (!program_.has_endless || (component.movers & Bit(slot)) == 0) return false;
    return std::any_of(component.members.begin(), component.members.end(), [&](Number state) {
      const PackedAction& action = transitions_.ActionOf(graph_.table.At(state), slot);
      return action.endless >= 0 && action.at_head;
    });
  }

  void AddPart(const Component& component, Slots fine) {
    HangingPart part;
    part.state = *std::min_element(component.members.begin(), component.members.end());
    part.component = components_;
    part.states = component.members.size();
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      if ((fine & Bit(slot)) != 0) continue;
      part.stuck.push_back({slot, LeastOp(component.members, slot), (component.movers & Bit(slot)) != 0,
                            LeastHolds(component.members, slot)});
    }
    result_.parts.push_back(std::move(part));
  }

  int LeastOp(std::span<const Number> members, int slot) const {
    int least = transitions_.ActionOf(graph_.table.At(members.front()), slot).at;
    for (const Number state : members) {
      least = std::min(least, transitions_.ActionOf(graph_.table.At(state), slot).at);
    }
    return least;
  }

  PackedHolds LeastHolds(std::span<const Number> members, int slot) const {
    const PackedSlot& of = program_.slots[static_cast<std::size_t>(slot)];
    PackedHolds least = HoldsIn(of, graph_.table.At(members.front()));
    for (const Number state : members) least = std::min(least, HoldsIn(of, graph_.table.At(state)));
    return least;
  }

  const StateGraph& graph_;
  const PackedProgram& program_;
  const Transitions& transitions_;
  std::uint32_t components_ = 0;  // so far
  Slots fine_somewhere_ = 0;
  Slots moves_somewhere_ = 0;
  HangAnalysis result_;
};

}  // namespace

HangAnalysis AnalyseHangs(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions) {
  return Analysis(graph, program, transitions).Run();
}

StuckSlots StuckFromFirst(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions) {
  Analysis analysis(graph, program, transitions);
  analysis.Run();
  StuckSlots stuck;
  const Word* first = graph.table.At(0);
  for (std::size_t i = 0; i < program.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    const bool fine = (analysis.fine_somewhere() & Bit(slot)) != 0;
    if (fine || !transitions.HasStarted(first, slot)) continue;
    stuck.push_back({slot, transitions.ActionOf(first, slot).at, (analysis.moves_somewhere() & Bit(slot)) != 0,
                     HoldsIn(program.slots[i], first)});
  }
  return stuck;
}

}  // namespace lockdep
