// The states that a search met, and how they lead to each other.
//
// Thread-compatible.
// Cost: beside those of StateTable, 4 bytes a state, and 5 a transition if arcs are kept.
#ifndef LOCKDEP_STATE_GRAPH_H_
#define LOCKDEP_STATE_GRAPH_H_

#include <cstdint>
#include <span>
#include <vector>

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
  std::vector<std::uint8_t> movers;  // slot, of each arc

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
};

// The transitions from the first state to `state`, each with the state before it.
struct PathStep {
  StateGraph::Number from;
  SlotStep step;
};
std::vector<PathStep> PathTo(const StateGraph& graph, StateGraph::Number state, Transitions& transitions);

}  // namespace lockdep

#endif  // LOCKDEP_STATE_GRAPH_H_
