// Loops that threads can go round together for ever although they could leave them.
//
// A livelock is a cycle of states that do not hang, on which every runner that can go on somewhere on it does take a
// step, at least two of them are not in an endless loop of their own, and no free choice leads away.  (The strong
// fairness of E. A. Emerson and C.-L. Lei, "Modalities for model checking", 1985: components are split until all that
// can go on in one also move in it.)
//
// Pure function.
// Cost: linear in the graph for each runner at worst.
#ifndef LOCKDEP_LIVELOCK_H_
#define LOCKDEP_LIVELOCK_H_

#include <optional>
#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/state_graph.h"
#include "lockdep/transitions.h"

namespace lockdep {

struct LivelockStates {
  StateGraph::Number first = 0;
  ProgramPath loop;  // from the first state back to it
};

// The one that is met first.  `hangs` are the states that hang.  REQUIRES: the graph is complete.
std::optional<LivelockStates> FindLivelock(const StateGraph& graph, const PackedProgram& program,
                                           Transitions& transitions, const std::vector<bool>& hangs);

}  // namespace lockdep

#endif  // LOCKDEP_LIVELOCK_H_
