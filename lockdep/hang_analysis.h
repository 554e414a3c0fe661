// Which states of a complete state graph hang, and who is stuck there.
//
// A state is good if all that have started have ended in it, or if it lies on a cycle on which each of them has ended
// or comes to the head of its endless loop again and again.  A state hangs if it reaches no good one.  From such a
// state the runners end up in a part of the graph that they cannot leave; who is stuck is said there: all that
// have neither ended nor come to the head of their endless loop again and again.
//
// Pure function.
// Cost: linear in the graph; 20 bytes a state.
#ifndef LOCKDEP_HANG_ANALYSIS_H_
#define LOCKDEP_HANG_ANALYSIS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/state_graph.h"
#include "lockdep/transitions.h"

namespace lockdep {

struct StuckSlot {
  int slot = 0;
  int op = 0;  // where it is stuck; the least one of those where it spins
  bool moves = false;
  PackedHolds holds = {};  // of one that moves: the least there
  friend bool operator==(const StuckSlot&, const StuckSlot&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const StuckSlot& stuck) {
    return H::combine(std::move(hash), stuck.slot, stuck.op, stuck.moves, stuck.holds);
  }
};
using StuckSlots = std::vector<StuckSlot>;  // by slot

// A part of the graph that hangs and cannot be left.
struct HangingPart {
  StateGraph::Number state = 0;  // the first met
  std::uint32_t component = 0;
  std::uint64_t states = 0;
  StuckSlots stuck;
};

struct HangAnalysis {
  std::vector<HangingPart> parts;
  std::vector<bool> hangs;               // by state
  std::vector<std::uint32_t> component;  // by state: its strongly connected component, from 1 on
};

// REQUIRES: every state of the graph was followed, with its arcs.
HangAnalysis AnalyseHangs(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions);

// REQUIRES: the same.  The slots that from the first state on, whatever the schedule, neither end nor come to
// the head of their endless loop again and again; `op` is where they are in it.  One that moves may go round a loop
// for ever; another one waits, or still goes to where it will.
StuckSlots StuckFromFirst(const StateGraph& graph, const PackedProgram& program, const Transitions& transitions);

}  // namespace lockdep

#endif  // LOCKDEP_HANG_ANALYSIS_H_
