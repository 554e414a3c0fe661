// The syntax tree of a workload script, with the place of everything in it.
//
// Plain data, made by Parse (workloads/parser.h); names are still text.  What they mean under one
// setting of the switches is worked out by Resolve (workloads/resolver.h).
//
// Immutable after parsing; owns everything by value.
#ifndef WORKLOADS_SYNTAX_H_
#define WORKLOADS_SYNTAX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lockdep/acquisition.h"
#include "lockdep/finding.h"

namespace lockdep::workloads {

// Both from 1; columns count bytes.
struct Position {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Something wrong with a script: what was expected and what was found.
struct ScriptError {
  std::string file;
  Position at;
  std::string message;

  // "file:line:column: message".
  std::string ToString() const {
    return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + message;
  }
};

struct Name {
  std::string text;
  Position at;
};

// `NAME` or `NAME[INT]`.
struct LockRef {
  Name name;
  std::optional<std::int64_t> index;

  std::string ToString() const { return index ? name.text + "[" + std::to_string(*index) + "]" : name.text; }
};

// One acquisition: `lock a`, `tryread s nest n`, the `timedlock a` of an `if`.
struct Take {
  Mode mode = Mode::kExclusive;  // as written: kShared for any read without `recursive`
  Kind kind = Kind::kBlocking;
  LockRef lock;
  std::optional<std::int64_t> subclass;
  std::optional<LockRef> nest;
  bool recursive = false;     // said so
  bool nonrecursive = false;  // said so
};

// INT, NAME, NAME + INT or NAME - INT: the value of `variable`, if there is one, plus `offset`.
struct Expression {
  std::optional<Name> variable;
  std::int64_t offset = 0;
};

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

struct Condition {
  Name variable;
  Comparison comparison = Comparison::kEqual;
  Expression right;
};

// One setting of one switch.
struct Setting {
  Name name;
  Name value;
};

enum class Assertion : std::uint8_t { kHeld, kShared, kNotHeld };

enum class StatementKind : std::uint8_t {
  kTake,        // take
  kIfTake,      // take, body, otherwise
  kUnlock,      // lock
  kDowngrade,   // lock
  kSync,        // lock
  kAssert,      // lock, assertion
  kAssertThat,  // condition
  kRestart,
  kIn,           // context, body
  kIrqs,         // on
  kSoftirqs,     // on
  kInit,         // lock
  kDestroy,      // lock
  kReclass,      // lock, name (the class), subclass
  kAssign,       // name, expression
  kAwait,        // condition
  kIfCondition,  // condition, body, otherwise
  kWait,         // name, lock
  kSignal,       // name
  kBroadcast,    // name
  kWaitFor,      // name
  kComplete,     // name
  kCompleteAll,  // name
  kSpawn,        // name
  kJoin,         // name
  kRepeat,       // count, body
  kLoop,         // body
  kBreak,
  kWhen,  // setting, body
  kYield,
  kSubsystem,  // words: an operation of memory hotplug (hotplug_lines.h)
};

// Which members mean something is said at StatementKind.
struct Statement {
  StatementKind kind = StatementKind::kYield;
  Position at;
  Take take;
  LockRef lock;
  Name name;
  Expression expression;
  Condition condition;
  Setting setting;
  std::optional<std::int64_t> subclass;
  std::int64_t count = 0;
  Assertion assertion = Assertion::kHeld;
  Context context = Context::kTask;
  bool on = true;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;
  std::vector<Name> words;
};

struct ClassItem {
  Name name;
  bool ordered = false;
  bool no_validate = false;
};

struct LockItem {
  Name name;
  LockType type = LockType::kMutex;
  std::optional<std::int64_t> count;  // of an array
  bool no_validate = false;
  std::optional<Name> lock_class;
  std::int64_t subclass = 0;
  Position subclass_at;
};

struct VariableItem {
  Name name;
  std::int64_t value = 0;
  bool plain = false;  // unordered accesses are a data race
};

struct SwitchItem {
  Name name;
  std::vector<Name> values;
};

struct ThreadItem {
  Name name;
  std::int64_t count = 1;
  Position count_at;
  std::optional<Name> role;
  std::vector<Statement> body;
};

// `one-thread`: the blocks are run by one task, in order.
struct OneThreadItem {
  Position at;
  std::optional<Name> name;
  std::vector<ThreadItem> blocks;
};

struct ExpectedReason {
  ReasonKind kind = ReasonKind::kExclusiveGate;
  std::vector<Name> locks;
  bool any_locks = true;  // no names were given
};

enum class ExpectationKind : std::uint8_t { kFinding, kOrder, kNoFinding, kNoOrder, kExplore };

enum class ExpectedOutcome : std::uint8_t {
  kExhausted,  // every schedule was searched
  kHang,
  kLivelock,
  kNoLivelock,
  kUnknown,    // the search gave up
  kViolation,  // name: the lock or a variable of the assert, or none
  kRace,       // name: the variable
};

struct ExpectedExploration {
  ExpectedOutcome outcome = ExpectedOutcome::kExhausted;
  std::optional<Name> name;
};

struct Expectation {
  ExpectationKind kind = ExpectationKind::kFinding;
  Position at;
  std::string text;         // as it stands in the script, for messages
  std::vector<Name> names;  // "a", "o[1]"
  std::optional<FindingKind> finding_kind;
  std::optional<Verdict> verdict;
  std::vector<ExpectedReason> reasons;
  bool only_these_reasons = false;
  std::vector<ExpectedExploration> explored;  // of kExplore
};

enum class ItemKind : std::uint8_t {
  kClass,
  kLock,
  kVariable,
  kCondition,
  kCompletion,
  kSwitch,
  kWhen,
  kThread,
  kOneThread,
  kExpect,
  kSubsystem  // words: a part of the machine of memory hotplug (hotplug_lines.h)
};

// Which member means something is said by `kind`; kCondition and kCompletion have a name only.
struct Item {
  ItemKind kind = ItemKind::kClass;
  Position at;
  Name name;
  ClassItem class_item;
  LockItem lock;
  VariableItem variable;
  SwitchItem switch_item;
  Setting setting;          // kWhen
  std::vector<Item> items;  // kWhen
  ThreadItem thread;
  OneThreadItem one_thread;
  Expectation expectation;
  std::vector<Name> words;
};

struct Script {
  std::string file;
  std::vector<Item> items;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SYNTAX_H_
