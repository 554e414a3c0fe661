// Which states of a complete state graph hang, and who is stuck there.
//
// A state is good if all that have started have ended in it, or if it lies on a cycle on which each of them has ended
// or comes to the head of its endless loop again and again.  A state hangs if it reaches no good one.  From such a
// state the runners end up in a part of the graph that they cannot leave; who is stuck is said there: all that
// have neither ended nor come to the head of their endless loop again and again.
//
// Pure function.
// Cost: linear in the graph; 16 bytes a state.
#ifndef LOCKDEP_HANG_ANALYSIS_H_
#define LOCKDEP_HANG_ANALYSIS_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/state_graph.h"
#include "lockdep/transitions.h"

namespace lockdep {

struct StuckSlot {
  int slot = 0;
  int op = 0;          // where it is stuck; the least one of those where it spins
  bool moves = false;
  bool asleep = false;  // in a condition; once woken it waits at the same operation for a lock
  friend bool operator==(const StuckSlot&, const StuckSlot&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const StuckSlot& stuck) {
    return H::combine(std::move(hash), stuck.slot, stuck.op, stuck.moves, stuck.asleep);
  }
};
using StuckSlots = std::vector<StuckSlot>;  // by slot

struct HangingPart {
  StateGraph::Number state = 0;  // the first met
  std::uint64_t states = 0;
  StuckSlots stuck;
  bool spinning = false;  // someone still moves
};

// REQUIRES: every state of the graph was followed, with its arcs.
std::vector<HangingPart> HangingParts(const StateGraph& graph, const PackedProgram& program,
                                      const Transitions& transitions);

}  // namespace lockdep

#endif  // LOCKDEP_HANG_ANALYSIS_H_
