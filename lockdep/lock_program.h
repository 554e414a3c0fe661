// A program of lock operations, by numbers: what the search of all schedules runs.
//
// Workload scripts are lowered to it, and so are recorded episodes.  Every number in it is valid, so a
// runner checks nothing; Validate says what is wrong with one made by hand.
//
// Meaning, beyond lockdep/blocking_rules.h, which says who waits for whom:
//   * Threads that are not `spawned` exist from the start, `count` of each; a kSpawn starts `count` more.
//   * A blocking write of a lock with readers is two steps: announcing (from then on it waits as a
//     writer) and getting it.  Of a percpu lock always; of others only where it cannot be had at once.
//   * A trylock decides by the state.  A shared one with only waiting writers in its way may do either:
//     which one depends on the implementation.
//   * A timed take may end without the lock whenever it cannot be had.
//   * kTake without a target that did not get the lock goes on, and the thread's next kUnlock of that
//     lock is left out; not if it gets the lock before that, for then its unlocks end its holds.
//   * kUnlock ends the thread's latest hold of the lock; if there is none, it does nothing.
//   * A condition wait releases its lock, sleeps, and takes the lock again in the mode in which it held
//     it.  A signal wakes any one sleeper, or is lost if there is none.  A sleeper may also wake up by
//     itself; but nothing can be hoped from that, so a state that only such a wake could leave hangs.
//   * kInit and kDestroy end all holds of the lock.
//
// Immutable data once made.
#ifndef LOCKDEP_LOCK_PROGRAM_H_
#define LOCKDEP_LOCK_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/acquisition.h"

namespace lockdep {

struct LockProgram {
  static constexpr int kNone = -1;

  struct Lock {
    std::string name;
    LockType type = LockType::kMutex;
    std::uint32_t id = 0;  // FindingLock::id; 0: known by its name
  };

  struct Variable {
    std::string name;
    std::int64_t value = 0;
    // Two accesses of which one writes, that nothing orders, are a data race.
    bool plain = false;
  };

  // The value of a variable, if there is one, plus a number; wraps around.
  struct Expression {
    int variable = kNone;
    std::int64_t offset = 0;
  };

  enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

  struct Condition {
    int variable = 0;
    Comparison comparison = Comparison::kEqual;
    Expression right;
  };

  enum class Assertion : std::uint8_t { kHeld, kHeldShared, kNotHeld };

  enum class Code : std::uint8_t {
    kTake,         // lock, mode, kind; target: where to go on if not got, or kNone; free_choice
    kUnlock,       // lock: the thread's latest hold of it
    kDowngrade,    // lock
    kSync,         // lock: waits for the sections that exist when it starts
    kInit,         // lock
    kDestroy,      // lock
    kAssert,       // lock, assertion; or no lock, and condition
    kAssign,       // number (variable), expression
    kAwait,        // condition
    kJumpUnless,   // condition, target
    kJump,         // target
    kChoose,       // target: goes on here or there, freely
    kCountStart,   // number (slot), count: start counting; target: where to go if count is 0
    kCountNext,    // number (slot), target: back to the start unless it was the last time
    kWait,         // number (condition variable), lock
    kSignal,       // number (condition variable)
    kBroadcast,    // number (condition variable)
    kWaitFor,      // number (completion); free_choice
    kComplete,     // number (completion)
    kCompleteAll,  // number (completion)
    kSpawn,        // number (thread)
    kJoin,         // number (thread): until it was started and all that were have ended
    kYield,
    kEnd,
  };

  // Which members mean something is said at Code.
  struct Op {
    Code code = Code::kEnd;
    int lock = kNone;
    int number = kNone;
    int target = kNone;
    Mode mode = Mode::kExclusive;
    Kind kind = Kind::kBlocking;
    // A try or timed take may fail whatever the state is; a wait may go on at once: what decides it is
    // not in the program.
    bool free_choice = false;
    Assertion assertion = Assertion::kHeld;
    std::int64_t count = 0;
    Expression expression;
    Condition condition;
    int source = kNone;  // the caller's number of what this was made from
  };

  struct Thread {
    std::string name;
    int count = 1;
    bool spawned = false;  // does not start by itself
    int counters = 0;      // slots of kCountStart
    std::vector<Op> ops;   // end with kEnd
    int source = kNone;
  };

  std::vector<Lock> locks;
  std::vector<Variable> variables;
  int condition_count = 0;
  int completion_count = 0;
  std::vector<Thread> threads;
};

// Empty, or the first thing that is wrong: "thread 1 op 3: lock 7 does not exist".
std::string Validate(const LockProgram& program);

// Whether some thread can do an operation twice, other than by a counted loop.  Without loops every
// run ends, so a hang is a state without successors.
bool MayLoop(const LockProgram& program);

}  // namespace lockdep

#endif  // LOCKDEP_LOCK_PROGRAM_H_
