// What may keep a cycle of a program from hanging, and the program without it.
//
// Pure functions.
// Cost: linear in the program.
#ifndef LOCKDEP_PROTECTIONS_H_
#define LOCKDEP_PROTECTIONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lockdep/cycle_reach.h"
#include "lockdep/lock_program.h"

namespace lockdep {

// One thing that can be taken away.
struct Removal {
  enum class What : std::uint8_t {
    kLock,        // the lock does not exist
    kTry,         // every try of the lock waits for it
    kTimed,       // every timed wait for the lock waits as long as it takes
    kNoWriter,    // there is a writer of the lock
    kRecursive,   // its recursive readers wait behind writers like others
    kInstances,   // the lock and the `other` are one
    kStart,       // the thread is there from the start
    kJoin,        // nobody waits for the thread's end
    kVariable,    // whatever depends on the variable may go either way
    kCompletion,  // nobody waits for it
    kCondition,   // nobody waits for it
    kOneThread,   // there is one thread more like this one
  };
  What what = What::kLock;
  int number = 0;  // of the lock, thread, variable, completion or condition
  int other = 0;   // of kInstances
  friend auto operator<=>(const Removal&, const Removal&) = default;
};

// What the program and the cycle have of it, each once.
std::vector<Removal> RemovalsOf(const LockProgram& program, const CycleTarget& target);

struct Altered {
  LockProgram program;
  CycleTarget target;
  std::vector<bool> absent;  // locks that do not exist
};

// The program without all of them.  Threads and locks keep their numbers; new ones come behind.
Altered Without(const LockProgram& program, const CycleTarget& target, std::span<const Removal> removals);

}  // namespace lockdep

#endif  // LOCKDEP_PROTECTIONS_H_
