// What the runners of a state may still do, as far as it matters to the others.
//
// A *deed* is a kind of operation on one object: takes lock a exclusively, signals condition c.  What a runner may
// still do are the deeds of all operations that its control flow leads to, whatever happens; so the answers are
// upper bounds, which is what both users need: stubborn_set.h and local_hang.h.
//
// Thread-compatible.
// Cost: O(slots) words for each question, nearly always one or two.
#ifndef LOCKDEP_DEEDS_H_
#define LOCKDEP_DEEDS_H_

#include <cstdint>
#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/transitions.h"

namespace lockdep {

class Deeds {
 public:
  using Slots = std::uint64_t;

  Deeds(const PackedProgram& program, const Transitions& transitions);

  // The state that the questions are about; it must not change meanwhile.
  void Look(const Word* state);

  // Of a runner that can go on: the others whose deeds, done first, could make a difference to what it does now, or
  // of whose deeds what it does now could make a difference.
  Slots Disturbers(int slot) const;

  // Of a slot that waits, or has not started.  Each of those in the way has to do something before it can go on;
  // itself included.  Who waits for an event has nobody in its way.
  Slots InTheWay(int slot) const;
  // Whose deeds may let it go on otherwise.
  Slots Helpers(int slot) const;

 private:
  using Bits = std::vector<Word>;
  class Table;

  // Of an operation: what it and those after it may do; what disturbs it, by its situation; what helps where it waits.
  struct Reach {
    Bits may_do;
    Bits disturbed_by[3];
    Bits helped_by;
  };

  Slots WhoMayDo(const Bits& bits, int slot) const;
  int SituationOf(int slot, const PackedAction& action) const;
  Slots Blockers(int slot, const PackedAction& action) const;
  Slots Sections(int slot, const PackedAction& action) const;
  Slots Running(int thread) const;
  const Reach& ReachOf(int slot) const;

  const PackedProgram& program_;
  const Transitions& transitions_;
  std::vector<std::vector<Reach>> reach_;  // by thread and rank
  std::vector<Bits> starts_;               // by thread: what starts it
  std::vector<Bits> may_do_at_start_;      // by thread
  const Word* state_ = nullptr;
  std::vector<const Bits*> may_do_;  // by slot
};

}  // namespace lockdep

#endif  // LOCKDEP_DEEDS_H_
