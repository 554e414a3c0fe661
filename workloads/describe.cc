#include "workloads/describe.h"

#include "lockdep/check.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

std::string_view ToString(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual: return "==";
    case Comparison::kNotEqual: return "!=";
    case Comparison::kLess: return "<";
    case Comparison::kLessEqual: return "<=";
    case Comparison::kGreater: return ">";
    case Comparison::kGreaterEqual: return ">=";
  }
  return "?";
}

std::string ToString(const Program& program, const ProgramExpression& expression) {
  if (expression.variable == kNone) return std::to_string(expression.offset);
  std::string text = program.variables[Index(expression.variable)].name;
  if (expression.offset == 0) return text;
  return text + (expression.offset > 0 ? "+" : "") + std::to_string(expression.offset);
}

std::string ToString(const Program& program, const ProgramCondition& condition) {
  return program.variables[Index(condition.variable)].name + " " + std::string(ToString(condition.comparison)) + " " +
         ToString(program, condition.right);
}

std::string_view ToString(Assertion assertion) {
  switch (assertion) {
    case Assertion::kHeld: return "held";
    case Assertion::kShared: return "shared";
    case Assertion::kNotHeld: return "not-held";
  }
  return "?";
}

// The numbers of objects: locks, completions, conditions, variables, ends of threads.
struct Numbers {
  explicit Numbers(const Program& program)
      : completions(program.locks.size()),
        conditions(completions + program.completions.size()),
        variables(conditions + program.conditions.size()),
        ends(variables + program.variables.size()) {}
  std::size_t completions, conditions, variables, ends;
};

bool Gives(const Op& op, const Op& wanted) {
  switch (wanted.code) {
    case OpCode::kWait:
      return (op.code == OpCode::kSignal || op.code == OpCode::kBroadcast) && op.number == wanted.number;
    case OpCode::kWaitFor:
      return (op.code == OpCode::kComplete || op.code == OpCode::kCompleteAll) && op.number == wanted.number;
    case OpCode::kAwait:
      return op.code == OpCode::kAssign &&
             (op.number == wanted.condition.variable || op.number == wanted.condition.right.variable);
    default: return false;
  }
}

}  // namespace

std::string SourceOf(const Program& program) {
  const std::string settings = program.SettingsText();
  return settings.empty() ? program.file : program.file + " (" + settings + ")";
}

std::string ThreadName(const ProgramThread& thread, int number) {
  return thread.count > 1 || number > 1 ? thread.name + "#" + std::to_string(number) : thread.name;
}

Place PlaceOf(const Program& program, const ProgramThread& thread, int op) {
  Place place;
  place.file = program.file;
  place.line = thread.ops[Index(op)].at.line;
  place.function = thread.name;
  for (int i = op; i >= 0; --i) {
    if (thread.ops[Index(i)].code != OpCode::kBlock) continue;
    place.function = thread.block_names[Index(thread.ops[Index(i)].number)];
    break;
  }
  return place;
}

std::string Verb(Mode mode, Kind kind) {
  const char* prefix = kind == Kind::kTrylock ? "try" : kind == Kind::kTimed ? "timed" : "";
  return std::string(prefix) + (IsShared(mode) ? "read" : "lock");
}

std::vector<FindingLock> ObjectsOf(const Program& program) {
  std::vector<FindingLock> objects;
  for (const ProgramLock& each : program.locks) {
    FindingLock& lock = objects.emplace_back();
    lock.name = each.name;
    lock.type = each.type;
    if (each.lock_class != kNone) {
      lock.instance = each.name;
      lock.name = lock.class_name = program.classes[Index(each.lock_class)].name;
      lock.subclass = each.subclass;
    }
  }
  const auto add = [&](const std::string& name, LockType type) {
    FindingLock& event = objects.emplace_back();
    event.name = name;
    event.type = type;
  };
  for (const std::string& each : program.completions) add(each, LockType::kCompletion);
  for (const std::string& each : program.conditions) add(each, LockType::kCompletion);
  for (const ProgramVariable& each : program.variables) add(each.name, LockType::kCompletion);
  for (const ProgramThread& each : program.threads) {
    add("end of " + program.roles[Index(each.role)].name, LockType::kThreadEnd);
  }
  return objects;
}

std::size_t VariableObject(const Program& program, int variable) {
  return Numbers(program).variables + Index(variable);
}

void DescribeWait(const Program& program, const Op& op, bool reacquires, WaitingThread& thread) {
  const Numbers numbers(program);
  const auto wants = [&](std::size_t object, const std::string& text, const std::string& step) {
    thread.wants = static_cast<int>(object);
    thread.wants_text = text;
    thread.step = step;
  };
  switch (op.code) {
    case OpCode::kTake: {
      const std::string& name = program.locks[Index(op.lock)].name;
      thread.mode = op.mode;
      thread.kind = op.take_kind;
      return wants(Index(op.lock), name, Verb(op.mode, op.take_kind) + " " + name);
    }
    case OpCode::kSync: {
      const std::string& name = program.locks[Index(op.lock)].name;
      return wants(Index(op.lock), name, "sync " + name);
    }
    case OpCode::kWait: {
      const std::string& name = program.conditions[Index(op.number)];
      if (reacquires) return wants(Index(op.lock), program.locks[Index(op.lock)].name, "wait " + name + ", woken,");
      return wants(numbers.conditions + Index(op.number), "a signal of " + name, "wait " + name);
    }
    case OpCode::kWaitFor: {
      const std::string& name = program.completions[Index(op.number)];
      return wants(numbers.completions + Index(op.number), name, "wait-for " + name);
    }
    case OpCode::kJoin: {
      const std::string& name = program.threads[Index(op.number)].name;
      return wants(numbers.ends + Index(op.number), "the end of " + name, "join " + name);
    }
    case OpCode::kAwait: {
      const std::string text = ToString(program, op.condition);
      return wants(numbers.variables + Index(op.condition.variable), text, "await " + text);
    }
    default: LOCKDEP_CHECK(false);
  }
}

HeldObject DescribeHold(const Program& program, const ProgramThread& thread, int op, int lock, Mode mode, Kind kind) {
  HeldObject held;
  held.object = lock;
  held.mode = mode;
  held.kind = kind;
  held.at = PlaceOf(program, thread, op);
  const Op& taken = thread.ops[Index(op)];
  const Mode asked = taken.code == OpCode::kTake ? taken.mode : mode;
  held.step = Verb(asked, kind) + " " + program.locks[Index(lock)].name;
  return held;
}

void NameByClass(const Program& program, int lock, int lock_class, int subclass, FindingLock& object) {
  if (lock_class == kNone) return;
  object.instance = program.locks[Index(lock)].name;
  object.name = object.class_name = program.classes[Index(lock_class)].name;
  object.subclass = subclass;
}

bool IsChecked(const Program& program, int lock, int lock_class) {
  return !program.locks[Index(lock)].no_validate &&
         (lock_class == kNone || !program.classes[Index(lock_class)].no_validate);
}

std::vector<Context> ContextsAt(const ProgramThread& thread, int op) {
  std::vector<Context> contexts;
  for (int i = 0; i < op; ++i) {
    if (thread.ops[Index(i)].code == OpCode::kEnter) contexts.push_back(thread.ops[Index(i)].context);
    if (thread.ops[Index(i)].code == OpCode::kLeave) contexts.pop_back();
  }
  return contexts;
}

std::string StatementText(const Program& program, const Op& op) {
  const auto lock = [&](const char* verb) { return std::string(verb) + " " + program.locks[Index(op.lock)].name; };
  const auto thread = [&](const char* verb) {
    return std::string(verb) + " " + program.threads[Index(op.number)].name;
  };
  const auto completion = [&](const char* verb) {
    return std::string(verb) + " " + program.completions[Index(op.number)];
  };
  const auto condition = [&](const char* verb) {
    return std::string(verb) + " " + program.conditions[Index(op.number)];
  };
  switch (op.code) {
    case OpCode::kTake: return lock(Verb(op.mode, op.take_kind).c_str());
    case OpCode::kUnlock: return lock("unlock");
    case OpCode::kDowngrade: return lock("downgrade");
    case OpCode::kSync: return lock("sync");
    case OpCode::kAssert:
      if (op.lock == kNone) return "assert " + ToString(program, op.condition);
      return lock(("assert " + std::string(ToString(op.assertion))).c_str());
    case OpCode::kInit: return lock("init");
    case OpCode::kDestroy: return lock("destroy");
    case OpCode::kReclass: return lock("reclass") + " " + program.classes[Index(op.number)].name;
    case OpCode::kAssign: return program.variables[Index(op.number)].name + " = " + ToString(program, op.expression);
    case OpCode::kAwait: return "await " + ToString(program, op.condition);
    case OpCode::kJumpUnless: return "if " + ToString(program, op.condition);
    case OpCode::kWait: return condition("wait") + " " + program.locks[Index(op.lock)].name;
    case OpCode::kSignal: return condition("signal");
    case OpCode::kBroadcast: return condition("broadcast");
    case OpCode::kWaitFor: return completion("wait-for");
    case OpCode::kComplete: return completion("complete");
    case OpCode::kCompleteAll: return completion("complete-all");
    case OpCode::kSpawn: return thread("spawn");
    case OpCode::kJoin: return thread("join");
    case OpCode::kCountStart:
    case OpCode::kCountNext: return "repeat";
    case OpCode::kYield: return "yield";
    case OpCode::kSubsystem: return program.lines[Index(op.number)].front().text;
    case OpCode::kEnd: return "end";
    case OpCode::kEnter:
    case OpCode::kLeave:
    case OpCode::kIrqs:
    case OpCode::kSoftirqs:
    case OpCode::kJump:
    case OpCode::kBlock: return "go on";
  }
  return "?";
}

std::string Grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ' ';
    text += digits[i];
  }
  return text;
}

bool MayGive(const std::vector<Op>& ops, int at, const Op& wanted) {
  std::vector<bool> seen(ops.size(), false);
  std::vector<int> open = {at};
  while (!open.empty()) {
    const std::size_t now = Index(open.back());
    open.pop_back();
    if (now >= ops.size() || seen[now]) continue;
    seen[now] = true;
    const Op& op = ops[now];
    if (Gives(op, wanted)) return true;
    if (op.target != kNone) open.push_back(op.target);
    if (op.code != OpCode::kJump && op.code != OpCode::kEnd) open.push_back(static_cast<int>(now) + 1);
  }
  return false;
}

}  // namespace lockdep::workloads
