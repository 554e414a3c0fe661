// Where a thread of a lock program may go, whatever the state of anything is.
//
// A thread *rests* before an operation that other threads may see, or that can go two ways.  Jumps, counting and
// yields are done along with the operation before them; but every loop has a place to rest, endless ones their head.
//
// Pure functions.
// Cost: linear in the operations, times the depth of loops.
#ifndef LOCKDEP_CONTROL_FLOW_H_
#define LOCKDEP_CONTROL_FLOW_H_

#include <cstdint>
#include <vector>

#include "lockdep/lock_program.h"

namespace lockdep {

// The operations that may follow the one at `at`.
std::vector<int> NextOps(const LockProgram::Op& op, int at);

// The operations that `from` may lead to, itself included.
std::vector<bool> ReachableOps(const std::vector<LockProgram::Op>& ops, int from);

struct ControlFlow {
  std::vector<int> resting;  // operations, rising; the end is one
  std::vector<int> rank;     // of each operation in `resting`, or -1
  // An *endless* loop is a strongly connected part of the control flow that the thread cannot leave for operations
  // behind it, and that does more than jump, count and yield.  Of each operation: its endless loop, or -1.
  std::vector<int> endless;
  std::vector<bool> at_head;  // of each operation: it is the first one of its endless loop
};

ControlFlow ControlFlowOf(const LockProgram::Thread& thread);

// Whether the thread can do an operation twice, other than by a counted loop.
bool MayRepeat(const LockProgram::Thread& thread);

}  // namespace lockdep

#endif  // LOCKDEP_CONTROL_FLOW_H_
