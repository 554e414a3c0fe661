#include "workloads/replayed_snapshot.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "lockdep/blocking_rules.h"
#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

using Code = LockProgram::Code;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

class Describer {
 public:
  Describer(const Program& program, const LoweredProgram& lowered, const ReplayResult& replay,
            const std::vector<StuckRunner>& stuck, std::size_t steps)
      : program_(program), lowered_(lowered), replay_(replay), stuck_(stuck), steps_(steps) {
    index_.assign(replay.runners.size(), -1);
    for (std::size_t i = 0; i < stuck.size(); ++i) index_[Index(stuck[i].number)] = static_cast<int>(i);
  }

  Snapshot Run() {
    snapshot_.objects = ObjectsOf(program_);
    for (std::size_t i = 0; i < program_.locks.size(); ++i) {
      const ClassOfLock of = ClassOf(static_cast<int>(i));
      NameByClass(program_, static_cast<int>(i), of.lock_class, of.subclass, snapshot_.objects[i]);
    }
    // As it is held, which may be by another subclass than the lock's own.
    for (const RunnerState& runner : replay_.runners) {
      for (const RunnerState::Hold& hold : runner.holds) NameAsHeld(runner, hold);
    }
    for (const StuckRunner& runner : stuck_) snapshot_.threads.push_back(Describe(runner));
    return std::move(snapshot_);
  }

 private:
  const RunnerState& Runner(int number) const { return replay_.runners[Index(number)]; }
  const LockProgram::Thread& ThreadOf(const RunnerState& runner) const {
    return lowered_.program.threads[Index(runner.name.thread)];
  }
  const ProgramThread& SourceOf(const RunnerState& runner) const {
    return program_.threads[Index(ThreadOf(runner).source)];
  }
  int SourceOf(const RunnerState& runner, int op) const { return ThreadOf(runner).ops[Index(op)].source; }
  const Op& StatementAt(const RunnerState& runner, int op) const {
    return SourceOf(runner).ops[Index(SourceOf(runner, op))];
  }

  ClassOfLock ClassOf(int lock) const {
    const int variable = lowered_.class_variables[Index(lock)];
    if (variable != kNone) return Decode(replay_.variables[Index(variable)]);
    return {program_.locks[Index(lock)].lock_class, program_.locks[Index(lock)].subclass};
  }

  void NameAsHeld(const RunnerState& runner, const RunnerState::Hold& hold) {
    const Op& taken = StatementAt(runner, hold.op);
    if (taken.code != OpCode::kTake || taken.subclass == kNone) return;
    NameByClass(program_, hold.lock, ClassOf(hold.lock).lock_class, taken.subclass,
                snapshot_.objects[Index(hold.lock)]);
  }

  WaitingThread Describe(const StuckRunner& stuck) const {
    const int number = stuck.number;
    const RunnerState& runner = Runner(number);
    const bool waits = runner.waits && !stuck.moves;
    const ProgramThread& thread = SourceOf(runner);
    WaitingThread result;
    result.thread = ThreadName(thread, runner.name.copy + 1);
    result.role = program_.roles[Index(thread.role)].name;
    AddHolds(runner, result);
    const int op = waits ? runner.op : SpunOn(number);
    const std::vector<Context> contexts = ContextsAt(thread, SourceOf(runner, op));
    if (!contexts.empty()) result.context = contexts.back();
    result.at = workloads::PlaceOf(program_, thread, SourceOf(runner, op));
    // What is announced began to wait with that step; other waits are told at the end.
    const bool told = waits && (runner.announced || runner.asleep);
    result.stamp = told ? static_cast<std::uint64_t>(runner.last_step + 1) : steps_ + 1 + Index(number);
    if (!waits) {
      DescribeSpin(number, op, result);
      return result;
    }
    const Op& statement = StatementAt(runner, op);
    DescribeWait(program_, statement, statement.code == OpCode::kWait && !runner.asleep, result);
    if (statement.lock != kNone) result.wants_subclass = SubclassIn(statement);
    for (std::size_t i = 0; i < runner.waits_for.size(); ++i) {
      AddLink(number, runner.waits_for[i], runner.queued[i], contexts.size(), result);
    }
    return result;
  }

  // Under which a statement takes its lock, or waits for it.
  int SubclassIn(const Op& statement) const {
    if (statement.code == OpCode::kSync) return 0;  // as the validator is told
    const bool said = statement.code == OpCode::kTake && statement.subclass != kNone;
    return said ? statement.subclass : ClassOf(statement.lock).subclass;
  }

  void AddHolds(const RunnerState& runner, WaitingThread& result) const {
    std::vector<int> seen;
    for (const RunnerState::Hold& hold : runner.holds) {
      const bool again = std::find(seen.begin(), seen.end(), hold.lock) != seen.end();
      // That its holder takes a recursive mutex again is no event.
      if (again && RulesOf(program_.locks[Index(hold.lock)].type).reentrant) continue;
      seen.push_back(hold.lock);
      const Op& taken = StatementAt(runner, hold.op);
      const Kind kind = taken.code == OpCode::kTake ? taken.take_kind : Kind::kBlocking;
      result.held.push_back(
          DescribeHold(program_, SourceOf(runner), SourceOf(runner, hold.op), hold.lock, hold.mode, kind));
      result.held.back().subclass = SubclassIn(taken);
      result.held.back().stamp = static_cast<std::uint64_t>(hold.step) + 1;
    }
  }

  void AddLink(int waiter, int other, bool queued, std::size_t depth, WaitingThread& result) const {
    const RunnerState& runner = Runner(other);
    if (index_[Index(other)] < 0 && !runner.ended) return;  // it goes on, and may give it
    WaitsFor link;
    link.thread = index_[Index(other)];
    link.name = ThreadName(SourceOf(runner), runner.name.copy + 1);
    link.queued = queued;
    link.own_context = other == waiter && !queued && TakenAtDepth(runner, result.wants, depth);
    result.waits_for.push_back(std::move(link));
  }

  // Whether the validator, which looks at one context and at what is checked, saw the hold.
  bool TakenAtDepth(const RunnerState& runner, int lock, std::size_t depth) const {
    if (Index(lock) >= program_.locks.size() || !IsChecked(program_, lock, ClassOf(lock).lock_class)) return false;
    return std::any_of(runner.holds.begin(), runner.holds.end(), [&](const RunnerState::Hold& hold) {
      return hold.lock == lock && ContextsAt(SourceOf(runner), SourceOf(runner, hold.op)).size() == depth;
    });
  }

  // --- Loops ----------------------------------------------------------------------------------
  // What a runner that still moves never gets: a try of a lock that another one keeps, else a test of
  // a variable, else where it is.
  int SpunOn(int number) const {
    const RunnerState& runner = Runner(number);
    std::optional<int> test;
    for (const int op : Reachable(ThreadOf(runner), runner.op)) {
      const LockProgram::Op& each = ThreadOf(runner).ops[Index(op)];
      if (each.code == Code::kTake && !HoldersOf(each, number).empty()) return op;
      if (each.code == Code::kJumpUnless && !test) test = op;
    }
    return test.value_or(runner.op);
  }

  static std::vector<int> Reachable(const LockProgram::Thread& thread, int from) {
    std::vector<bool> seen(thread.ops.size(), false);
    std::vector<int> open = {from};
    while (!open.empty()) {
      const int now = open.back();
      open.pop_back();
      if (Index(now) >= thread.ops.size() || seen[Index(now)]) continue;
      seen[Index(now)] = true;
      const LockProgram::Op& op = thread.ops[Index(now)];
      if (op.target != kNone) open.push_back(op.target);
      if (op.code != Code::kJump && op.code != Code::kEnd) open.push_back(now + 1);
    }
    std::vector<int> ops;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i]) ops.push_back(static_cast<int>(i));
    }
    return ops;
  }

  // Who keeps `trier` from what it tries.
  std::vector<int> HoldersOf(const LockProgram::Op& take, int trier) const {
    std::vector<int> holders;
    for (const StuckRunner& other : stuck_) {
      const std::vector<RunnerState::Hold>& holds = Runner(other.number).holds;
      const bool keeps = std::any_of(holds.begin(), holds.end(), [&](const RunnerState::Hold& hold) {
        return hold.lock == take.lock && !(IsShared(hold.mode) && IsShared(take.mode));
      });
      if (keeps && other.number != trier) holders.push_back(other.number);
    }
    return holders;
  }

  void DescribeSpin(int number, int op, WaitingThread& result) const {
    const RunnerState& runner = Runner(number);
    const LockProgram::Op& lowered = ThreadOf(runner).ops[Index(op)];
    const Op& statement = StatementAt(runner, op);
    result.spins = true;
    if (lowered.code == Code::kTake) {
      DescribeWait(program_, statement, false, result);
      result.wants_subclass = SubclassIn(statement);
      for (const int holder : HoldersOf(lowered, number)) AddLink(number, holder, false, 0, result);
      return;
    }
    const bool test = lowered.code == Code::kJumpUnless;
    // Only the kind of the statement differs from one that waits.
    Op wait = statement;
    wait.code = test ? OpCode::kAwait : OpCode::kJoin;
    wait.number = ThreadOf(runner).source;
    DescribeWait(program_, wait, false, result);
    if (!test) result.wants_text = "the end of its loop";
    result.step = test ? StatementText(program_, statement) : "goes round its loop";
    for (const StuckRunner& other : stuck_) {
      const RunnerState& giver = Runner(other.number);
      const bool gives =
          test && other.number != number && MayGive(SourceOf(giver).ops, SourceOf(giver, giver.op), wait);
      if (gives) AddLink(number, other.number, false, 0, result);
    }
  }

  const Program& program_;
  const LoweredProgram& lowered_;
  const ReplayResult& replay_;
  const std::vector<StuckRunner>& stuck_;
  const std::size_t steps_;
  std::vector<int> index_;  // of each runner in the snapshot, or -1
  Snapshot snapshot_;
};

}  // namespace

Snapshot SnapshotOf(const Program& program, const LoweredProgram& lowered, const ReplayResult& replay,
                    const std::vector<StuckRunner>& stuck, std::size_t steps) {
  return Describer(program, lowered, replay, stuck, steps).Run();
}

StatementContext ContextOf(const Program& program, const LoweredProgram& lowered, const RunnerState& runner) {
  const LockProgram::Thread& thread = lowered.program.threads[Index(runner.name.thread)];
  const ProgramThread& source = program.threads[Index(thread.source)];
  StatementContext context{thread.source, thread.ops[Index(runner.op)].source, {}};
  const std::size_t depth = ContextsAt(source, context.op).size();
  std::vector<int> reentered;
  for (const RunnerState::Hold& hold : runner.holds) {
    const int op = thread.ops[Index(hold.op)].source;
    if (ContextsAt(source, op).size() != depth) continue;
    // That its holder takes a recursive mutex again is no event.
    const bool again = std::find(reentered.begin(), reentered.end(), hold.lock) != reentered.end();
    if (again) continue;
    if (RulesOf(program.locks[Index(hold.lock)].type).reentrant) reentered.push_back(hold.lock);
    context.held.push_back(op);
  }
  std::sort(context.held.begin(), context.held.end());
  return context;
}

const Op& StatementOf(const Program& program, const LoweredProgram& lowered, RunnerName runner, int op) {
  const LockProgram::Thread& thread = lowered.program.threads[Index(runner.thread)];
  return program.threads[Index(thread.source)].ops[Index(thread.ops[Index(op)].source)];
}

Place PlaceOf(const Program& program, const LoweredProgram& lowered, RunnerName runner, int op) {
  const LockProgram::Thread& thread = lowered.program.threads[Index(runner.thread)];
  return PlaceOf(program, program.threads[Index(thread.source)], thread.ops[Index(op)].source);
}

std::string NameOf(const Program& program, const LoweredProgram& lowered, RunnerName runner) {
  const LockProgram::Thread& thread = lowered.program.threads[Index(runner.thread)];
  return ThreadName(program.threads[Index(thread.source)], runner.copy + 1);
}

}  // namespace lockdep::workloads
