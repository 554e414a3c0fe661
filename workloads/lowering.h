// A script's program as the lock program that the search of all schedules runs.
//
// What only the validator looks at is left out: contexts and interrupts (their statements are run
// inline, as the order pass runs them), classes, subclasses, nest annotations, roles.  A statement
// that changes a lock's class becomes an assignment of a variable, so that a state says which class
// a lock has.
//
// Op::source is the index of the statement in ProgramThread::ops, Thread::source that of the thread.
//
// Thread-safe: no state.  Cost: proportional to the program.
#ifndef WORKLOADS_LOWERING_H_
#define WORKLOADS_LOWERING_H_

#include <cstdint>
#include <vector>

#include "lockdep/lock_program.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct LoweredProgram {
  LockProgram program;
  // The variable that says which class a lock has; kNone: the one it was declared with, always.
  std::vector<int> class_variables;
};

LoweredProgram Lower(const Program& program);

// The class of a lock and its own subclass; what the variables of LoweredProgram hold.
struct ClassOfLock {
  int lock_class = kNone;
  int subclass = 0;
};
std::int64_t Encode(ClassOfLock of);
ClassOfLock Decode(std::int64_t value);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_LOWERING_H_
