#include "workloads/lowering.h"

#include <algorithm>
#include <string>

#include "lockdep/check.h"

namespace lockdep::workloads {
namespace {

using Code = LockProgram::Code;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::int64_t kSubclasses = 8;

LockProgram::Comparison Lower(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual: return LockProgram::Comparison::kEqual;
    case Comparison::kNotEqual: return LockProgram::Comparison::kNotEqual;
    case Comparison::kLess: return LockProgram::Comparison::kLess;
    case Comparison::kLessEqual: return LockProgram::Comparison::kLessEqual;
    case Comparison::kGreater: return LockProgram::Comparison::kGreater;
    case Comparison::kGreaterEqual: return LockProgram::Comparison::kGreaterEqual;
  }
  LOCKDEP_CHECK(false);
}

LockProgram::Assertion Lower(Assertion assertion) {
  switch (assertion) {
    case Assertion::kHeld: return LockProgram::Assertion::kHeld;
    case Assertion::kShared: return LockProgram::Assertion::kHeldShared;
    case Assertion::kNotHeld: return LockProgram::Assertion::kNotHeld;
  }
  LOCKDEP_CHECK(false);
}

LockProgram::Expression Lower(const ProgramExpression& expression) { return {expression.variable, expression.offset}; }

LockProgram::Condition Lower(const ProgramCondition& condition) {
  return {condition.variable, Lower(condition.comparison), Lower(condition.right)};
}

class Lowering {
 public:
  explicit Lowering(const Program& program) : program_(program) {}

  LoweredProgram Run() {
    LockProgram& lowered = result_.program;
    for (const ProgramLock& lock : program_.locks) lowered.locks.push_back({lock.name, lock.type});
    for (const ProgramVariable& variable : program_.variables)
      lowered.variables.push_back({variable.name, variable.value, variable.plain});
    AddClassVariables();
    lowered.condition_count = static_cast<int>(program_.conditions.size());
    lowered.completion_count = static_cast<int>(program_.completions.size());
    for (std::size_t i = 0; i < program_.threads.size(); ++i) AddThread(static_cast<int>(i));
    return std::move(result_);
  }

 private:
  void AddClassVariables() {
    result_.class_variables.assign(program_.locks.size(), kNone);
    for (const ProgramThread& thread : program_.threads) {
      for (const Op& op : thread.ops) {
        if (op.code != OpCode::kReclass || result_.class_variables[Index(op.lock)] != kNone) continue;
        const ProgramLock& lock = program_.locks[Index(op.lock)];
        result_.class_variables[Index(op.lock)] = static_cast<int>(result_.program.variables.size());
        result_.program.variables.push_back({"class of " + lock.name, Encode({lock.lock_class, lock.subclass})});
      }
    }
  }

  void AddThread(int index) {
    const ProgramThread& thread = program_.threads[Index(index)];
    LockProgram::Thread& lowered = result_.program.threads.emplace_back();
    lowered.name = thread.name;
    lowered.count = thread.count;
    lowered.spawned = thread.spawned;
    lowered.counters = thread.counters;
    lowered.source = index;
    std::vector<int> starts;  // of each statement, in the lowered thread
    for (std::size_t i = 0; i < thread.ops.size(); ++i) {
      starts.push_back(static_cast<int>(lowered.ops.size()));
      AddOps(thread.ops[i], static_cast<int>(i), lowered.ops);
    }
    for (LockProgram::Op& op : lowered.ops) {
      if (op.target != kNone) op.target = starts[Index(op.target)];
    }
  }

  static LockProgram::Op Make(Code code, const Op& op, int source) {
    LockProgram::Op lowered;
    lowered.code = code;
    lowered.lock = op.lock;
    lowered.number = op.number;
    lowered.target = op.target;
    lowered.source = source;
    return lowered;
  }

  LockProgram::Op SetClass(const Op& op, ClassOfLock of, int source) const {
    LockProgram::Op lowered = Make(Code::kAssign, op, source);
    lowered.lock = kNone;
    lowered.number = result_.class_variables[Index(op.lock)];
    lowered.expression.offset = Encode(of);
    return lowered;
  }

  // The end of a lock's life gives the next one at its place the class it was declared with.
  void AddEndOfLife(Code code, const Op& op, int source, std::vector<LockProgram::Op>& ops) const {
    ops.push_back(Make(code, op, source));
    const ProgramLock& lock = program_.locks[Index(op.lock)];
    if (result_.class_variables[Index(op.lock)] != kNone) {
      ops.push_back(SetClass(op, {lock.lock_class, lock.subclass}, source));
    }
  }

  void AddOps(const Op& op, int source, std::vector<LockProgram::Op>& ops) const {
    const auto add = [&](Code code) { ops.push_back(Make(code, op, source)); };
    switch (op.code) {
      case OpCode::kTake:
        add(Code::kTake);
        ops.back().mode = op.mode;
        ops.back().kind = op.take_kind;
        if (!op.conditional) ops.back().target = kNone;
        return;
      case OpCode::kUnlock: return add(Code::kUnlock);
      case OpCode::kDowngrade: return add(Code::kDowngrade);
      case OpCode::kSync: return add(Code::kSync);
      case OpCode::kAssert:
        add(Code::kAssert);
        ops.back().assertion = Lower(op.assertion);
        if (op.lock == kNone) ops.back().condition = Lower(op.condition);
        return;
      case OpCode::kInit: return AddEndOfLife(Code::kInit, op, source, ops);
      case OpCode::kDestroy: return AddEndOfLife(Code::kDestroy, op, source, ops);
      case OpCode::kReclass: ops.push_back(SetClass(op, {op.number, op.subclass}, source)); return;
      case OpCode::kAssign:
        add(Code::kAssign);
        ops.back().expression = Lower(op.expression);
        return;
      case OpCode::kAwait:
        add(Code::kAwait);
        ops.back().condition = Lower(op.condition);
        return;
      case OpCode::kJumpUnless:
        add(Code::kJumpUnless);
        ops.back().condition = Lower(op.condition);
        return;
      case OpCode::kJump: return add(Code::kJump);
      case OpCode::kCountStart:
        add(Code::kCountStart);
        ops.back().count = op.count;
        return;
      case OpCode::kCountNext: return add(Code::kCountNext);
      case OpCode::kWait: return add(Code::kWait);
      case OpCode::kSignal: return add(Code::kSignal);
      case OpCode::kBroadcast: return add(Code::kBroadcast);
      case OpCode::kWaitFor: return add(Code::kWaitFor);
      case OpCode::kComplete: return add(Code::kComplete);
      case OpCode::kCompleteAll: return add(Code::kCompleteAll);
      case OpCode::kSpawn: return add(Code::kSpawn);
      case OpCode::kJoin: return add(Code::kJoin);
      case OpCode::kYield: return add(Code::kYield);
      case OpCode::kSubsystem: LOCKDEP_CHECK(false); return;
      case OpCode::kEnd: return add(Code::kEnd);
      case OpCode::kEnter:
      case OpCode::kLeave:
      case OpCode::kIrqs:
      case OpCode::kSoftirqs:
      case OpCode::kBlock: return;
    }
  }

  const Program& program_;
  LoweredProgram result_;
};

}  // namespace

LoweredProgram Lower(const Program& program) { return Lowering(program).Run(); }

std::int64_t Encode(ClassOfLock of) { return of.lock_class * kSubclasses + of.subclass; }

ClassOfLock Decode(std::int64_t value) {
  if (value < 0) return {kNone, static_cast<int>(value + kSubclasses)};
  return {static_cast<int>(value / kSubclasses), static_cast<int>(value % kSubclasses)};
}

}  // namespace lockdep::workloads
