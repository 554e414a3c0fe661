// Who is stuck in a state for certain, whatever the others do: seen from the state alone.
//
// All that can go on are live.  One that waits is live too if those that are live may let it go on; the rest is
// stuck: each waits for one that is stuck or has ended, or for an event that no live one may give.  (Koskinen and
// Herlihy, "Dreadlocks", 2008, call the same for locks a deadlock digest.)  Less than what the whole graph shows: a
// thread that spins is live.
//
// Thread-compatible.
// Cost: O(slots^3) words at worst, nearly always O(slots).
#ifndef LOCKDEP_LOCAL_HANG_H_
#define LOCKDEP_LOCAL_HANG_H_

#include <cstdint>

#include "lockdep/deeds.h"

namespace lockdep {

class LocalHangs {
 public:
  using Slots = std::uint64_t;

  LocalHangs(const PackedProgram& program, const Transitions& transitions)
      : program_(program), transitions_(transitions), deeds_(program, transitions) {}

  // The slots that are stuck, by those that can go on.
  Slots Stuck(const Word* state, Slots enabled);

 private:
  const PackedProgram& program_;
  const Transitions& transitions_;
  Deeds deeds_;
};

}  // namespace lockdep

#endif  // LOCKDEP_LOCAL_HANG_H_
