// Whose transitions have to be followed in a state so that no hang is missed.
//
// A. Valmari, "Stubborn sets for reduced state space generation" (1990), in the strong form, by runners: a set of
// runners such that
//   * nothing that the others may do later makes a difference to what an enabled one of the set does now, nor the
//     other way round;
//   * one of the set that cannot go on is waiting for others of the set;
//   * one of the set can go on.
// What the others may do later is what their control flow reaches, so every state without successors stays reachable,
// and so does every assertion that fails on the way to one.  REQUIRES: no runner can loop.
//
// Thread-compatible.
// Cost: O(runners^2) words for each state, often less.
#ifndef LOCKDEP_STUBBORN_SET_H_
#define LOCKDEP_STUBBORN_SET_H_

#include <cstdint>
#include <vector>

#include "lockdep/deeds.h"

namespace lockdep {

class StubbornSets {
 public:
  using Slots = std::uint64_t;

  StubbornSets(const PackedProgram& program, const Transitions& transitions)
      : deeds_(program, transitions), needed_(program.slots.size()) {}

  // Which of the slots that can go on (at least one) to follow.
  Slots Pick(const Word* state, Slots enabled);

 private:
  Slots Closure(int seed, Slots enabled, int best);
  Slots Needed(int slot, bool enabled) const;

  Deeds deeds_;
  // Of the state at hand: whom each slot needs beside itself, where known.
  std::vector<Slots> needed_;
  Slots known_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_STUBBORN_SET_H_
