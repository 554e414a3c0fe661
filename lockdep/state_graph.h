// The states that a search met, and how they lead to each other.
//
// Thread-compatible.
// Cost: beside those of StateTable, 4 bytes a state, and 5 a transition if arcs are kept.
#ifndef LOCKDEP_STATE_GRAPH_H_
#define LOCKDEP_STATE_GRAPH_H_

#include <cstdint>
#include <span>
#include <vector>

#include "lockdep/program_path.h"
#include "lockdep/state_table.h"
#include "lockdep/transitions.h"

namespace lockdep {

struct StateGraph {
  using Number = StateTable::Number;

  explicit StateGraph(std::size_t words) : table(words) {}

  // Of the first state it is itself.
  StateTable table;
  std::vector<Number> parents;
  // Transitions that are not spurious, by the state that they leave, of all states that were followed.
  std::vector<std::uint64_t> arcs_begin = {0};
  std::vector<Number> arcs;
  std::vector<std::uint8_t> movers;  // of each arc: slot, and whether it was a free choice

  static std::uint8_t MoverOf(const SlotStep& step) {
    return static_cast<std::uint8_t>(step.slot | (step.free ? kFree : 0));
  }
  static int SlotOf(std::uint8_t mover) { return mover & (kFree - 1); }
  static bool IsFree(std::uint8_t mover) { return (mover & kFree) != 0; }

  std::span<const Number> ArcsOf(Number state) const {
    return std::span(arcs).subspan(arcs_begin[state], arcs_begin[state + 1] - arcs_begin[state]);
  }
  std::span<const std::uint8_t> MoversOf(Number state) const {
    return std::span(movers).subspan(arcs_begin[state], arcs_begin[state + 1] - arcs_begin[state]);
  }
  std::uint64_t memory_bytes() const {
    return table.memory_bytes() + parents.capacity() * sizeof(Number) + arcs_begin.capacity() * sizeof(std::uint64_t) +
           arcs.capacity() * (sizeof(Number) + 1);
  }

 private:
  static constexpr std::uint8_t kFree = 0x80;
};

// From the first state.
ProgramPath PathTo(const StateGraph& graph, StateGraph::Number state, Transitions& transitions);

}  // namespace lockdep

#endif  // LOCKDEP_STATE_GRAPH_H_
