#include "lockdep/protections.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lockdep/blocking_rules.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;
using Thread = LockProgram::Thread;
using What = Removal::What;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

bool IsLockOfCycle(const CycleTarget& target, int lock) {
  return std::any_of(target.links.begin(), target.links.end(),
                     [lock](const CycleTarget::Link& link) { return link.held == lock || link.wanted == lock; });
}

bool Asks(const Op& op, int lock) { return (op.code == Code::kTake || op.code == Code::kSync) && op.lock == lock; }

// Whether a thread with these operations may be the one of the link.
bool MayMake(const LockProgram& program, int thread, const CycleTarget::Link& link) {
  if (link.thread != LockProgram::kNone) return link.thread == thread;
  const std::vector<Op>& ops = program.threads[Index(thread)].ops;
  const auto asks = [&](int lock) {
    return std::any_of(ops.begin(), ops.end(), [lock](const Op& op) { return Asks(op, lock); });
  };
  return asks(link.held) && asks(link.wanted);
}

class Finder {
 public:
  Finder(const LockProgram& program, const CycleTarget& target) : program_(program), target_(target) {}

  std::vector<Removal> All() {
    for (const Thread& thread : program_.threads) {
      for (const Op& op : thread.ops) AddOf(op);
    }
    AddLocks();
    AddJoints();
    for (int thread = 0; thread < static_cast<int>(program_.threads.size()); ++thread) AddOneThread(thread);
    return {found_.begin(), found_.end()};
  }

 private:
  void Add(What what, int number, int other = 0) { found_.insert({what, number, other}); }

  void AddOf(const Op& op) {
    switch (op.code) {
      case Code::kTake:
        if (op.kind == Kind::kTrylock) Add(What::kTry, op.lock);
        if (op.kind == Kind::kTimed) Add(What::kTimed, op.lock);
        if (op.mode == Mode::kRecursiveShared && IsLockOfCycle(target_, op.lock)) Add(What::kRecursive, op.lock);
        break;
      case Code::kSpawn:
        if (program_.threads[Index(op.number)].spawned) Add(What::kStart, op.number);
        break;
      case Code::kJoin: Add(What::kJoin, op.number); break;
      case Code::kAwait:
      case Code::kJumpUnless:
        Add(What::kVariable, op.condition.variable);
        if (op.condition.right.variable != LockProgram::kNone) Add(What::kVariable, op.condition.right.variable);
        break;
      case Code::kWaitFor: Add(What::kCompletion, op.number); break;
      case Code::kWait: Add(What::kCondition, op.number); break;
      default: break;
    }
  }

  // Locks that may keep two threads apart.
  void AddLocks() {
    for (int lock = 0; lock < static_cast<int>(program_.locks.size()); ++lock) {
      if (IsLockOfCycle(target_, lock) || RulesOf(program_.locks[Index(lock)].type).own_copy) continue;
      int runners = 0;
      for (const Thread& thread : program_.threads) {
        const bool asks =
            std::any_of(thread.ops.begin(), thread.ops.end(), [lock](const Op& op) { return Asks(op, lock); });
        if (asks) runners += thread.spawned ? 2 : thread.count;
      }
      if (runners > 1) Add(What::kLock, lock);
    }
  }

  void AddJoints() {
    for (std::size_t i = 0; i < target_.links.size(); ++i) {
      const CycleTarget::Link& link = target_.links[i];
      const CycleTarget::Link& next = target_.links[(i + 1) % target_.links.size()];
      if (IsShared(link.wanted_mode) && IsShared(next.held_mode)) Add(What::kNoWriter, next.held);
      if (link.wanted != next.held) Add(What::kInstances, next.held, link.wanted);
    }
  }

  void AddOneThread(int thread) {
    const auto links = std::count_if(target_.links.begin(), target_.links.end(), [&](const CycleTarget::Link& link) {
      return MayMake(program_, thread, link);
    });
    if (links > 1) Add(What::kOneThread, thread);
  }

  const LockProgram& program_;
  const CycleTarget& target_;
  std::set<Removal> found_;
};

class Alteration {
 public:
  Alteration(const LockProgram& program, const CycleTarget& target) {
    altered_.program = program;
    altered_.target = target;
    altered_.absent.assign(program.locks.size(), false);
  }

  void Do(const Removal& removal) {
    switch (removal.what) {
      case What::kLock: altered_.absent[Index(removal.number)] = true; break;
      case What::kNoWriter: AddWriter(removal.number); break;
      case What::kInstances: Merge(removal.number, removal.other); break;
      case What::kOneThread: ++altered_.program.threads[Index(removal.number)].count; break;
      case What::kStart: Start(removal.number); break;
      case What::kCondition: DropWaits(removal.number); break;
      case What::kTry:
      case What::kTimed:
      case What::kRecursive:
      case What::kJoin:
      case What::kVariable:
      case What::kCompletion:
        for (Thread& thread : altered_.program.threads) {
          for (Op& op : thread.ops) Change(removal, op);
        }
        break;
    }
  }

  Altered Take() && { return std::move(altered_); }

 private:
  static void Drop(Op& op) {
    const int source = op.source;
    op = {};
    op.code = Code::kYield;
    op.source = source;
  }

  static bool Tests(const Op& op, int variable) {
    return op.condition.variable == variable || op.condition.right.variable == variable;
  }

  static void Change(const Removal& removal, Op& op) {
    const bool of_lock = op.code == Code::kTake && op.lock == removal.number;
    switch (removal.what) {
      case What::kTry:
        if (of_lock && op.kind == Kind::kTrylock) op.kind = Kind::kBlocking;
        break;
      case What::kTimed:
        if (of_lock && op.kind == Kind::kTimed) op.kind = Kind::kBlocking;
        break;
      case What::kRecursive:
        if (of_lock && op.mode == Mode::kRecursiveShared) op.mode = Mode::kShared;
        break;
      case What::kJoin:
        if (op.code == Code::kJoin && op.number == removal.number) Drop(op);
        break;
      case What::kCompletion:
        if (op.code == Code::kWaitFor && op.number == removal.number) Drop(op);
        break;
      case What::kVariable:
        if (op.code == Code::kAwait && Tests(op, removal.number)) Drop(op);
        if (op.code == Code::kJumpUnless && Tests(op, removal.number)) op.code = Code::kChoose;
        break;
      default: break;
    }
    if (op.kind == Kind::kBlocking && of_lock) {
      op.target = LockProgram::kNone;
      op.free_choice = false;
    }
  }

  void AddWriter(int lock) {
    Thread writer;
    writer.name = "a writer of " + altered_.program.locks[Index(lock)].name;
    for (const Code code : {Code::kTake, Code::kUnlock, Code::kEnd}) {
      Op op;
      op.code = code;
      op.lock = code == Code::kEnd ? LockProgram::kNone : lock;
      writer.ops.push_back(op);
    }
    altered_.program.threads.push_back(std::move(writer));
  }

  void Merge(int lock, int other) {
    for (Thread& thread : altered_.program.threads) {
      for (Op& op : thread.ops) op.lock = op.lock == other ? lock : op.lock;
    }
    for (CycleTarget::Link& link : altered_.target.links) {
      if (link.held == other) link.held = lock;
      if (link.wanted == other) link.wanted = lock;
    }
  }

  // As many as the program has places that start it.
  void Start(int number) {
    int starts = 0;
    for (Thread& thread : altered_.program.threads) {
      for (Op& op : thread.ops) {
        if (op.code != Code::kSpawn || op.number != number) continue;
        Drop(op);
        ++starts;
      }
    }
    Thread& started = altered_.program.threads[Index(number)];
    started.spawned = false;
    started.count *= std::max(1, starts);
  }

  // The mutex is released and taken again, so that others go between.
  void DropWaits(int condition) {
    for (Thread& thread : altered_.program.threads) {
      std::vector<Op> ops;
      std::vector<int> number;  // of each old operation
      for (const Op& op : thread.ops) {
        number.push_back(static_cast<int>(ops.size()));
        const bool drop = op.code == Code::kWait && op.number == condition;
        ops.push_back(op);
        if (!drop) continue;
        ops.back().code = Code::kUnlock;
        ops.push_back(op);
        ops.back().code = Code::kTake;
      }
      for (Op& op : ops) {
        if (op.target != LockProgram::kNone) op.target = number[Index(op.target)];
      }
      thread.ops = std::move(ops);
    }
  }

  Altered altered_;
};

}  // namespace

std::vector<Removal> RemovalsOf(const LockProgram& program, const CycleTarget& target) {
  return Finder(program, target).All();
}

Altered Without(const LockProgram& program, const CycleTarget& target, std::span<const Removal> removals) {
  Alteration alteration(program, target);
  for (const Removal& removal : removals) alteration.Do(removal);
  return std::move(alteration).Take();
}

}  // namespace lockdep
