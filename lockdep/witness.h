// Schedules to hangs that switch between threads as rarely as can be.
//
// Thread-confined.
// Cost: bounded; a hang that is not reached by then keeps the schedule that it has, with steps moved together.
#ifndef LOCKDEP_WITNESS_H_
#define LOCKDEP_WITNESS_H_

#include <cstdint>
#include <functional>

#include "lockdep/discoveries.h"
#include "lockdep/packed_program.h"
#include "lockdep/transitions.h"

namespace lockdep {

// Which hang a state is part of, or Discoveries::kNoHang; `ends` where none can go on.
using HangOf = std::function<std::size_t(const Word* state, bool ends)>;

// For all hangs that were found, by a path that leads into each.  A schedule ends as soon as all that are stuck are so
// for certain, if the others can then leave it at that.
void MakeWitnesses(const PackedProgram& program, Transitions& transitions, const HangOf& hang_of,
                   Discoveries& discoveries);

}  // namespace lockdep

#endif  // LOCKDEP_WITNESS_H_
