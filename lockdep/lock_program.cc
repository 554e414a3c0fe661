#include "lockdep/lock_program.h"

#include <algorithm>

#include "lockdep/blocking_rules.h"
#include "lockdep/control_flow.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

bool IsIndex(int i, std::size_t size) { return i >= 0 && static_cast<std::size_t>(i) < size; }

std::string Missing(const char* what, int number) {
  return std::string(what) + " " + std::to_string(number) + " does not exist";
}

std::string WrongVariable(const LockProgram& program, int variable, bool may_be_none) {
  if (may_be_none && variable == LockProgram::kNone) return "";
  return IsIndex(variable, program.variables.size()) ? "" : Missing("variable", variable);
}

std::string WrongCondition(const LockProgram& program, const LockProgram::Condition& condition) {
  const std::string left = WrongVariable(program, condition.variable, false);
  return !left.empty() ? left : WrongVariable(program, condition.right.variable, true);
}

std::string WrongTarget(const LockProgram::Thread& thread, int target) {
  return IsIndex(target, thread.ops.size()) ? "" : Missing("operation", target);
}

std::string WrongCounter(const LockProgram::Thread& thread, const Op& op) {
  if (!IsIndex(op.number, static_cast<std::size_t>(thread.counters))) return Missing("counter", op.number);
  if (op.count < 0) return "a loop cannot be repeated " + std::to_string(op.count) + " times";
  return WrongTarget(thread, op.target);
}

std::string WrongTake(const LockProgram& program, const LockProgram::Thread& thread, const Op& op) {
  const BlockingRules& rules = RulesOf(program.locks[static_cast<std::size_t>(op.lock)].type);
  if (IsShared(op.mode) ? !rules.shared : !rules.exclusive) {
    return "lock " + std::to_string(op.lock) + " cannot be taken " + std::string(ToString(op.mode));
  }
  return op.target == LockProgram::kNone ? "" : WrongTarget(thread, op.target);
}

std::string WrongLock(const LockProgram& program, const LockProgram::Thread& thread, const Op& op) {
  if (!IsIndex(op.lock, program.locks.size())) return Missing("lock", op.lock);
  const BlockingRules& rules = RulesOf(program.locks[static_cast<std::size_t>(op.lock)].type);
  if (op.code == Code::kTake) return WrongTake(program, thread, op);
  if (op.code == Code::kDowngrade && !rules.downgrade) return "lock " + std::to_string(op.lock) + " has no downgrade";
  if (op.code == Code::kWait && !rules.exclusive) return "lock " + std::to_string(op.lock) + " is no mutex";
  if (op.code == Code::kSync && !rules.sync) return "lock " + std::to_string(op.lock) + " has no sync";
  return "";
}

std::string WrongNumber(const char* what, int number, std::size_t size) {
  return IsIndex(number, size) ? "" : Missing(what, number);
}

std::string WrongOp(const LockProgram& program, const LockProgram::Thread& thread, const Op& op) {
  const auto conditions = static_cast<std::size_t>(program.condition_count);
  const auto completions = static_cast<std::size_t>(program.completion_count);
  std::string wrong;
  switch (op.code) {
    case Code::kTake:
    case Code::kUnlock:
    case Code::kDowngrade:
    case Code::kSync:
    case Code::kInit:
    case Code::kDestroy: return WrongLock(program, thread, op);
    case Code::kAssert:
      return op.lock == LockProgram::kNone ? WrongCondition(program, op.condition) : WrongLock(program, thread, op);
    case Code::kAssign:
      wrong = WrongVariable(program, op.number, false);
      return !wrong.empty() ? wrong : WrongVariable(program, op.expression.variable, true);
    case Code::kAwait: return WrongCondition(program, op.condition);
    case Code::kJumpUnless:
      wrong = WrongCondition(program, op.condition);
      return !wrong.empty() ? wrong : WrongTarget(thread, op.target);
    case Code::kJump:
    case Code::kChoose: return WrongTarget(thread, op.target);
    case Code::kCountStart:
    case Code::kCountNext: return WrongCounter(thread, op);
    case Code::kWait:
      wrong = WrongNumber("condition", op.number, conditions);
      return !wrong.empty() ? wrong : WrongLock(program, thread, op);
    case Code::kSignal:
    case Code::kBroadcast: return WrongNumber("condition", op.number, conditions);
    case Code::kWaitFor:
    case Code::kComplete:
    case Code::kCompleteAll: return WrongNumber("completion", op.number, completions);
    case Code::kSpawn:
    case Code::kJoin: return WrongNumber("thread", op.number, program.threads.size());
    case Code::kYield:
    case Code::kEnd: return "";
  }
  return "the operation does not exist";
}

std::string WrongThread(const LockProgram& program, const LockProgram::Thread& thread) {
  if (thread.count < 0) return ": its count is " + std::to_string(thread.count);
  if (thread.ops.empty() || thread.ops.back().code != Code::kEnd) return ": it does not end with an end";
  for (std::size_t i = 0; i < thread.ops.size(); ++i) {
    const std::string wrong = WrongOp(program, thread, thread.ops[i]);
    if (!wrong.empty()) return " op " + std::to_string(i) + ": " + wrong;
  }
  return "";
}

}  // namespace

std::string Validate(const LockProgram& program) {
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    const BlockingRules& rules = RulesOf(program.locks[i].type);
    if (!rules.exclusive && !rules.shared) return "lock " + std::to_string(i) + " is no lock";
  }
  for (std::size_t i = 0; i < program.threads.size(); ++i) {
    const std::string wrong = WrongThread(program, program.threads[i]);
    if (!wrong.empty()) return "thread " + std::to_string(i) + wrong;
  }
  return "";
}

bool MayLoop(const LockProgram& program) {
  return std::any_of(program.threads.begin(), program.threads.end(), MayRepeat);
}

}  // namespace lockdep
