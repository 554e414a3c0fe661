#include "tests/reference/lock_program_generator.h"

#include <utility>

#include "lockdep/blocking_rules.h"

namespace lockdep::reference {
namespace {

constexpr LockType kTypes[] = {LockType::kMutex,       LockType::kMutex,  LockType::kMutex,  LockType::kRecursiveMutex,
                               LockType::kRwSem,       LockType::kRwSem,  LockType::kRwLock, LockType::kPercpuRwSem,
                               LockType::kPercpuRwSem, LockType::kPseudo, LockType::kRcu,    LockType::kLocal};

int Here(const std::vector<LockProgram::Op>& ops) { return static_cast<int>(ops.size()); }

}  // namespace

LockProgram RandomLockPrograms::Next() {
  program_ = {};
  locks_only_ = Chance(options_.locks_only_chance);
  AddThings();
  const int threads = 2 + Below(options_.threads_max - 1);
  const bool wild = options_.loops && Chance(options_.wild_chance);
  for (int i = 0; i < threads; ++i) {
    program_.threads.emplace_back().name = "t" + std::to_string(i);
  }
  // Only the last one may be started by others, so that nobody starts himself.
  program_.threads.back().spawned = !locks_only_ && Chance(25);
  for (int i = 0; i < threads; ++i) {
    LockProgram::Thread& thread = program_.threads[static_cast<std::size_t>(i)];
    counters_ = 0;
    if (threads == 2 && !thread.spawned && Chance(20)) thread.count = 2;
    if (wild) {
      const int ops = 2 + Below(5);
      for (int op = 0; op < ops; ++op) thread.ops.push_back(WildOp(ops + 1));
      counters_ = 1;
    } else {
      Block(thread.ops, 0);
      if (options_.loops && Chance(10)) EndlessLoop(thread.ops, 1);
    }
    thread.counters = counters_;
    thread.ops.emplace_back();
  }
  return std::move(program_);
}

void RandomLockPrograms::AddThings() {
  const int locks = 2 + Below(2);
  for (int i = 0; i < locks; ++i) {
    const LockType type = kTypes[Below(static_cast<int>(std::size(kTypes)))];
    program_.locks.push_back({std::string(1, static_cast<char>('a' + i)), type});
  }
  if (locks_only_) return;
  program_.locks[0].type = LockType::kMutex;
  const int variables = 1 + Below(2);
  for (int i = 0; i < variables; ++i) {
    program_.variables.push_back({std::string(1, static_cast<char>('x' + i)), 0, Chance(20)});
  }
  program_.condition_count = 1;
  program_.completion_count = 1;
}

// --- Single operations ------------------------------------------------------------------------------

Mode RandomLockPrograms::AnyMode(int lock) {
  const BlockingRules& rules = RulesOf(program_.locks[static_cast<std::size_t>(lock)].type);
  if (rules.exclusive && (!rules.shared || Chance(45))) return Mode::kExclusive;
  return Chance(70) ? Mode::kShared : Mode::kRecursiveShared;
}

LockProgram::Op RandomLockPrograms::Plain(Code code, int lock) const {
  Op op;
  op.code = code;
  op.lock = lock;
  return op;
}

LockProgram::Op RandomLockPrograms::AnyTake(int lock, Kind kind) {
  Op op = Plain(Code::kTake, lock);
  op.mode = AnyMode(lock);
  op.kind = kind;
  op.free_choice = kind != Kind::kBlocking && Chance(10);
  return op;
}

LockProgram::Condition RandomLockPrograms::AnyCondition() {
  LockProgram::Condition condition;
  condition.variable = Below(static_cast<int>(program_.variables.size()));
  condition.comparison = static_cast<LockProgram::Comparison>(Below(6));
  condition.right.offset = Below(2);
  if (Chance(15)) condition.right.variable = Below(static_cast<int>(program_.variables.size()));
  return condition;
}

LockProgram::Op RandomLockPrograms::AnyAssignment() {
  Op op = Plain(Code::kAssign, LockProgram::kNone);
  op.number = Below(static_cast<int>(program_.variables.size()));
  op.expression.offset = Below(3);
  if (Chance(15)) {
    op.expression.variable = Below(static_cast<int>(program_.variables.size()));
    op.expression.offset = 0;
  }
  return op;
}

LockProgram::Op RandomLockPrograms::WildOp(int ops) {
  const int lock = Below(static_cast<int>(program_.locks.size()));
  const BlockingRules& rules = RulesOf(program_.locks[static_cast<std::size_t>(lock)].type);
  Op op = Plain(Code::kYield, LockProgram::kNone);
  switch (Below(locks_only_ ? 9 : 16)) {
    case 0:
    case 1: return AnyTake(lock, Kind::kBlocking);
    case 2:
      op = AnyTake(lock, Chance(60) ? Kind::kTrylock : Kind::kTimed);
      if (Chance(70)) op.target = Below(ops);
      return op;
    case 3:
    case 4: return Plain(Code::kUnlock, lock);
    case 5:
      if (rules.sync) return Plain(Code::kSync, lock);
      return rules.downgrade ? Plain(Code::kDowngrade, lock) : Plain(Code::kUnlock, lock);
    case 6:
      op.code = Chance(50) ? Code::kJump : Code::kChoose;
      op.target = Below(ops);
      return op;
    case 7:
      op.code = Chance(50) ? Code::kCountStart : Code::kCountNext;
      op.number = 0;
      op.count = Below(3);
      op.target = Below(ops);
      return op;
    case 8:
      op = Plain(Chance(30) ? Code::kInit : Chance(30) ? Code::kDestroy : Code::kAssert, lock);
      op.assertion = static_cast<LockProgram::Assertion>(Below(3));
      return op;
    case 9: return AnyAssignment();
    case 10:
      op.code = Chance(40) ? Code::kAwait : Chance(70) ? Code::kJumpUnless : Code::kAssert;
      op.condition = AnyCondition();
      if (op.code == Code::kJumpUnless) op.target = Below(ops);
      return op;
    case 11:
      op = Plain(Code::kWait, 0);
      op.number = 0;
      return op;
    case 12:
      op.code = Chance(50) ? Code::kSignal : Code::kBroadcast;
      op.number = 0;
      return op;
    case 13:
      op.code = Code::kWaitFor;
      op.number = 0;
      op.free_choice = Chance(10);
      return op;
    case 14:
      op.code = Chance(50) ? Code::kComplete : Code::kCompleteAll;
      op.number = 0;
      return op;
    default:
      op.code = Code::kJoin;
      op.number = Below(static_cast<int>(program_.threads.size()));
      return op;
  }
}

// --- Statements ---------------------------------------------------------------------------------------

void RandomLockPrograms::Block(Ops& ops, int depth) {
  const int statements = (depth == 0 ? 1 : 0) + Below(options_.statements_max);
  for (int i = 0; i < statements; ++i) Statement(ops, depth);
}

void RandomLockPrograms::Statement(Ops& ops, int depth) {
  if (depth > options_.depth_max) return;
  if (locks_only_ || Chance(55)) return LockStatement(ops, depth);
  switch (Below(8)) {
    case 0: ops.push_back(AnyAssignment()); return;
    case 1:
    case 7:
      ops.push_back(Plain(Chance(50) ? Code::kAwait : Code::kAssert, LockProgram::kNone));
      ops.back().condition = AnyCondition();
      return;
    case 2: return While(ops, depth);
    case 3:
    case 4: return ConditionStatement(ops);
    default: return EventStatement(ops);
  }
}

void RandomLockPrograms::LockStatement(Ops& ops, int depth) {
  switch (Below(options_.loops ? 13 : 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: return Section(ops, depth);
    case 5:
    case 6: return IfTry(ops, depth);
    case 7: return Choice(ops, depth);
    case 8: return Repeat(ops, depth);
    case 9:
    case 10: return BackOff(ops, depth);
    case 11: return SpinOnTry(ops, depth);
    default: ops.push_back(Plain(Code::kYield, LockProgram::kNone));
  }
}

void RandomLockPrograms::Section(Ops& ops, int depth) {
  const int lock = Below(static_cast<int>(program_.locks.size()));
  const BlockingRules& rules = RulesOf(program_.locks[static_cast<std::size_t>(lock)].type);
  if (rules.sync && Chance(30)) {
    ops.push_back(Plain(Code::kSync, lock));
    return;
  }
  const Kind kind = Chance(75) ? Kind::kBlocking : Chance(50) ? Kind::kTrylock : Kind::kTimed;
  ops.push_back(AnyTake(lock, kind));
  const bool exclusive = ops.back().mode == Mode::kExclusive && kind == Kind::kBlocking;
  Block(ops, depth + 1);
  if (exclusive && rules.downgrade && Chance(15)) {
    ops.push_back(Plain(Code::kDowngrade, lock));
    Block(ops, depth + 1);
  }
  if (Chance(5)) {
    ops.push_back(Plain(Code::kAssert, lock));
    ops.back().assertion = static_cast<LockProgram::Assertion>(Below(3));
  }
  if (Chance(3)) ops.push_back(Plain(Chance(50) ? Code::kInit : Code::kDestroy, lock));
  if (Chance(95)) ops.push_back(Plain(Code::kUnlock, lock));
}

void RandomLockPrograms::IfTry(Ops& ops, int depth) {
  const int lock = Below(static_cast<int>(program_.locks.size()));
  const std::size_t take = ops.size();
  ops.push_back(AnyTake(lock, Chance(70) ? Kind::kTrylock : Kind::kTimed));
  Block(ops, depth + 1);
  ops.push_back(Plain(Code::kUnlock, lock));
  const std::size_t jump = ops.size();
  ops.push_back(Plain(Code::kJump, LockProgram::kNone));
  ops[take].target = Here(ops);
  Block(ops, depth + 1);
  ops[jump].target = Here(ops);
}

// Takes one lock, tries another one, and begins again without both if it did not get it.
void RandomLockPrograms::BackOff(Ops& ops, int depth) {
  const int first = Below(static_cast<int>(program_.locks.size()));
  const int second = Below(static_cast<int>(program_.locks.size()));
  const int head = Here(ops);
  ops.push_back(AnyTake(first, Kind::kBlocking));
  const std::size_t take = ops.size();
  ops.push_back(AnyTake(second, Chance(70) ? Kind::kTrylock : Kind::kTimed));
  Block(ops, depth + 2);
  ops.push_back(Plain(Code::kUnlock, second));
  ops.push_back(Plain(Code::kUnlock, first));
  const std::size_t jump = ops.size();
  ops.push_back(Plain(Code::kJump, LockProgram::kNone));
  ops[take].target = Here(ops);
  if (Chance(80)) ops.push_back(Plain(Code::kUnlock, first));
  ops.push_back(Plain(Code::kJump, LockProgram::kNone));
  ops.back().target = head;
  ops[jump].target = Here(ops);
}

void RandomLockPrograms::SpinOnTry(Ops& ops, int depth) {
  const int lock = Below(static_cast<int>(program_.locks.size()));
  const int head = Here(ops);
  ops.push_back(AnyTake(lock, Kind::kTrylock));
  ops.back().target = head;
  Block(ops, depth + 1);
  ops.push_back(Plain(Code::kUnlock, lock));
}

void RandomLockPrograms::While(Ops& ops, int depth) {
  const int head = Here(ops);
  ops.push_back(Plain(Code::kJumpUnless, LockProgram::kNone));
  ops.back().condition = AnyCondition();
  Block(ops, depth + 2);
  const bool again = options_.loops && Chance(70);
  if (again) {
    ops.push_back(Plain(Code::kJump, LockProgram::kNone));
    ops.back().target = head;
  }
  ops[static_cast<std::size_t>(head)].target = Here(ops);
}

void RandomLockPrograms::Choice(Ops& ops, int depth) {
  const std::size_t choose = ops.size();
  ops.push_back(Plain(Code::kChoose, LockProgram::kNone));
  Block(ops, depth + 1);
  if (options_.loops && Chance(30)) {
    ops.push_back(Plain(Code::kJump, LockProgram::kNone));
    ops.back().target = static_cast<int>(choose);
  }
  ops[choose].target = Here(ops);
}

void RandomLockPrograms::Repeat(Ops& ops, int depth) {
  const int slot = counters_++;
  const std::size_t start = ops.size();
  ops.push_back(Plain(Code::kCountStart, LockProgram::kNone));
  ops.back().number = slot;
  ops.back().count = 1 + Below(2);
  Block(ops, depth + 2);
  ops.push_back(Plain(Code::kCountNext, LockProgram::kNone));
  ops.back().number = slot;
  ops.back().target = static_cast<int>(start) + 1;
  ops[start].target = Here(ops);
}

void RandomLockPrograms::ConditionStatement(Ops& ops) {
  ops.push_back(Plain(Code::kTake, 0));
  if (Chance(50)) {
    if (Chance(50)) ops.push_back(AnyAssignment());
    ops.push_back(Plain(Chance(60) ? Code::kSignal : Code::kBroadcast, LockProgram::kNone));
    ops.back().number = 0;
  } else {
    const int head = Here(ops);
    const bool checks = options_.loops && Chance(60);
    if (checks) {
      ops.push_back(Plain(Code::kJumpUnless, LockProgram::kNone));
      ops.back().condition = AnyCondition();
    }
    ops.push_back(Plain(Code::kWait, 0));
    ops.back().number = 0;
    if (checks) {
      ops.push_back(Plain(Code::kJump, LockProgram::kNone));
      ops.back().target = head;
      ops[static_cast<std::size_t>(head)].target = Here(ops);
    }
  }
  ops.push_back(Plain(Code::kUnlock, 0));
}

void RandomLockPrograms::EventStatement(Ops& ops) {
  const LockProgram::Thread& last = program_.threads.back();
  const int number = static_cast<int>(program_.threads.size()) - 1;
  const bool is_last = &ops == &last.ops;
  Op op;
  op.number = 0;
  if (last.spawned && !is_last && Chance(60)) {
    op.code = Chance(60) ? Code::kSpawn : Code::kJoin;
    op.number = number;
  } else if (Chance(20)) {
    op.code = Code::kJoin;
    op.number = Below(number + 1);
  } else if (Chance(50)) {
    op.code = Code::kWaitFor;
    op.free_choice = Chance(10);
  } else {
    op.code = Chance(70) ? Code::kComplete : Code::kCompleteAll;
  }
  ops.push_back(op);
}

void RandomLockPrograms::EndlessLoop(Ops& ops, int depth) {
  const int head = Here(ops);
  Block(ops, depth);
  ops.push_back(Plain(Code::kJump, LockProgram::kNone));
  ops.back().target = head;
}

}  // namespace lockdep::reference
