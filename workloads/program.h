// A script under one setting of its switches: names are numbers, blocks are jumps.
//
// Made by Resolve; run by the order pass, by the search of all schedules (lowering.h) and by the native run.  Every
// number in it is valid, so a runner checks nothing.
//
// Immutable after Resolve.
#ifndef WORKLOADS_PROGRAM_H_
#define WORKLOADS_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/acquisition.h"
#include "workloads/syntax.h"

namespace lockdep::hotplug {
struct Scenario;
}

namespace lockdep::workloads {

inline constexpr int kNone = -1;

struct ProgramClass {
  std::string name;
  bool ordered = false;
  bool no_validate = false;
};

// One lock instance; an array of three is three of them, next to each other.
struct ProgramLock {
  std::string name;    // "o[1]"
  std::string family;  // "o"
  LockType type = LockType::kMutex;
  int lock_class = kNone;
  int subclass = 0;
  bool no_validate = false;
  std::uint64_t order = 0;  // the array index; locks that are no array: their rank in the class
  Position at;
};

struct ProgramVariable {
  std::string name;
  std::int64_t value = 0;
  bool plain = false;  // unordered accesses are a data race
};

// The value of a variable, if there is one, plus a number.
struct ProgramExpression {
  int variable = kNone;
  std::int64_t offset = 0;
};

struct ProgramCondition {
  int variable = 0;
  Comparison comparison = Comparison::kEqual;
  ProgramExpression right;
};

constexpr bool Compare(std::int64_t left, Comparison comparison, std::int64_t right) {
  switch (comparison) {
    case Comparison::kEqual: return left == right;
    case Comparison::kNotEqual: return left != right;
    case Comparison::kLess: return left < right;
    case Comparison::kLessEqual: return left <= right;
    case Comparison::kGreater: return left > right;
    case Comparison::kGreaterEqual: return left >= right;
  }
  return false;
}

enum class OpCode : std::uint8_t {
  kTake,       // lock, mode, take_kind, subclass, nest; target: where to go on if not got, or kNone
  kUnlock,     // lock
  kDowngrade,  // lock
  kSync,       // lock
  kAssert,     // lock, assertion; or no lock, and condition
  kEnter,      // context
  kLeave,
  kIrqs,         // on
  kSoftirqs,     // on
  kInit,         // lock
  kDestroy,      // lock
  kReclass,      // lock, number (class), subclass
  kAssign,       // number (variable), expression
  kAwait,        // condition
  kJump,         // target; `backward` if it closes a loop
  kJumpUnless,   // condition, target
  kCountStart,   // number (slot), count: start counting; target: where to go if count is 0
  kCountNext,    // number (slot), target: back to the start unless it was the last time
  kWait,         // number (condition), lock
  kSignal,       // number (condition)
  kBroadcast,    // number (condition)
  kWaitFor,      // number (completion)
  kComplete,     // number (completion)
  kCompleteAll,  // number (completion)
  kSpawn,        // number (thread)
  kJoin,         // number (thread)
  kBlock,        // number (index in block_names): from here on the statements of that block
  kYield,
  kSubsystem,  // number (index in lines); only where Program::scenario is set
  kEnd,
};

// Which members mean something is said at OpCode.
struct Op {
  OpCode code = OpCode::kEnd;
  Position at;
  int lock = kNone;
  int number = kNone;
  int target = kNone;
  Mode mode = Mode::kExclusive;
  Kind take_kind = Kind::kBlocking;
  int subclass = 0;
  int nest = kNone;
  bool on = false;
  bool conditional = false;  // of kTake: the script says what happens if it is not got
  Assertion assertion = Assertion::kHeld;
  Context context = Context::kTask;
  std::int64_t count = 0;
  ProgramExpression expression;
  ProgramCondition condition;
};

struct ProgramThread {
  std::string name;
  int count = 1;
  int role = 0;
  bool spawned = false;  // does not start by itself
  Position at;
  std::vector<std::string> block_names;  // one per block that it runs
  std::vector<Op> ops;                   // end with kEnd
  int counters = 0;                      // slots of kCountStart
};

struct ProgramRole {
  std::string name;
  bool single = false;    // at most one thread of it at a time
  bool declared = false;  // by `role`: there may be more threads of it than the script has
};

struct Program {
  std::string file;
  std::vector<std::pair<std::string, std::string>> settings;  // switch, value; in declaration order
  std::vector<ProgramClass> classes;
  std::vector<ProgramLock> locks;
  std::vector<ProgramVariable> variables;
  std::vector<std::string> conditions;
  std::vector<std::string> completions;
  std::vector<ProgramRole> roles;
  std::vector<ProgramThread> threads;
  std::vector<Expectation> expectations;
  std::vector<std::vector<Name>> lines;  // of kSubsystem
  // Not null: the script is about memory hotplug, and this is what runs instead of the threads' ops.
  std::shared_ptr<const hotplug::Scenario> scenario;
  bool expects_anything = false;  // the script has an `expect` line, under whatever setting

  // "gate=on era=v5.3", or "" without switches.
  std::string SettingsText() const {
    std::string text;
    for (const auto& [name, value] : settings) text += (text.empty() ? "" : " ") + name + "=" + value;
    return text;
  }
};

// A request that can wait, and what its thread holds then in the same context: by statements.
struct StatementContext {
  int thread = 0;  // in Program::threads
  int op = 0;
  std::vector<int> held;  // the statements that took it, rising
  friend auto operator<=>(const StatementContext&, const StatementContext&) = default;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_PROGRAM_H_
