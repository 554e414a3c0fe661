// A program in which the place of a thread says what it holds.
//
// A search of schedules tells hangs apart by who is stuck at which operation.  A thread may come to one
// operation holding this or that: after a try, by two ways of an `if`.  Here each operation exists
// once for each list of holds with which a thread may come to it.  What the program can do stays the same.
//
// Locks may be left out on the way: then they are never waited for, but still count as held.
//
// Pure function.
// Cost: the operations of the result, times the holds.  Past kOpsMax operations of a thread it gives up, and past
// kHoldsMax holds: those grow in a loop that takes a lock each time and keeps it.
#ifndef LOCKDEP_HOLD_SPLIT_H_
#define LOCKDEP_HOLD_SPLIT_H_

#include <cstddef>
#include <vector>

#include "lockdep/lock_program.h"

namespace lockdep {

struct SplitHold {
  int lock = 0;
  Mode mode = Mode::kExclusive;
  int op = 0;  // of the original program, that took it
  friend auto operator<=>(const SplitHold&, const SplitHold&) = default;
};

struct SplitProgram {
  static constexpr std::size_t kOpsMax = 20'000;
  static constexpr std::size_t kHoldsMax = 100;

  struct Place {
    int op = 0;                    // of the original program
    std::vector<SplitHold> holds;  // before it, oldest first; those left out too
  };

  LockProgram program;
  std::vector<std::vector<Place>> places;  // by thread and operation
  bool gave_up = false;
};

// Locks at whose index `absent` is true are left out; it may be shorter than the list of locks.
SplitProgram SplitByHolds(const LockProgram& program, const std::vector<bool>& absent = {});

}  // namespace lockdep

#endif  // LOCKDEP_HOLD_SPLIT_H_
