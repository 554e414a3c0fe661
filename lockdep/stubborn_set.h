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

#include "lockdep/packed_program.h"
#include "lockdep/transitions.h"

namespace lockdep {

class StubbornSets {
 public:
  using Slots = std::uint64_t;

  StubbornSets(const PackedProgram& program, const Transitions& transitions);

  // Which of the slots that can go on (at least one) to follow.
  Slots Pick(const Word* state, Slots enabled);

 private:
  using Bits = std::vector<Word>;
  class Table;

  // Of an operation: what it and those after it may do; what must not be done by others around it, by its situation;
  // whose doing lets it go on where it waits.
  struct Reach {
    Bits may_do;
    Bits disturbed_by[3];
    Bits helped_by;
  };

  static Bits MayDo(const Table& table, const std::vector<LockProgram::Op>& ops, int from);

  Slots Closure(const Word* state, int seed, Slots enabled, int best);
  Slots Needed(const Word* state, int slot, bool enabled) const;
  Slots JoinNeeds(const Word* state, int slot, const PackedAction& action, const Reach& reach) const;
  Slots WhoMayDo(const Bits& bits, int slot) const;
  int SituationOf(const Word* state, int slot, const PackedAction& action) const;
  int OneBlocker(const Word* state, int slot, const PackedAction& action) const;
  int OneSection(const Word* state, int slot, const PackedAction& action) const;
  const Reach& ReachOf(const Word* state, int slot) const {
    const PackedSlot& at = program_.slots[static_cast<std::size_t>(slot)];
    return reach_[static_cast<std::size_t>(at.thread)][static_cast<std::size_t>(transitions_.RankOf(state, slot))];
  }

  const PackedProgram& program_;
  const Transitions& transitions_;
  std::vector<std::vector<Reach>> reach_;  // by thread and rank
  std::vector<Bits> starters_;             // by thread: those that start it
  std::vector<Bits> may_do_at_start_;      // by thread
  // Of the state at hand: of each slot what it may do, and whom it needs beside itself, where known.
  std::vector<const Bits*> may_do_;
  std::vector<Slots> needed_;
  Slots known_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_STUBBORN_SET_H_
