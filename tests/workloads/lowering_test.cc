#include "workloads/lowering.h"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"
#include "tests/workloads/script.h"
#include "workloads/order_pass.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

using Code = LockProgram::Code;
using Codes = std::vector<Code>;

LoweredProgram Lowered(const std::string& text) {
  const LoweredProgram lowered = Lower(ProgramOf(text));
  CHECK(Validate(lowered.program).empty());
  return lowered;
}

Codes CodesOf(const LockProgram::Thread& thread) {
  Codes codes;
  for (const LockProgram::Op& op : thread.ops) codes.push_back(op.code);
  return codes;
}

TEST_CASE("contexts and interrupts are run inline, and targets lead to the same statements", "[workloads][lowering]") {
  const Program program = ProgramOf(
      "mutex a, b\nthread t { irqs off; if trylock a { in hardirq { lock b; unlock b } } else { restart }; irqs on }");
  const LoweredProgram lowered = Lower(program);
  const LockProgram::Thread& thread = lowered.program.threads[0];
  REQUIRE(CodesOf(thread) == Codes{Code::kTake, Code::kTake, Code::kUnlock, Code::kJump, Code::kJump, Code::kEnd});
  CHECK(thread.ops[0].target == 4);  // the restart
  CHECK(thread.ops[4].target == 0);
  CHECK(thread.ops[3].target == 5);
  for (const LockProgram::Op& op : thread.ops) CHECK(op.source >= 0);
  CHECK(program.threads[0].ops[static_cast<std::size_t>(thread.ops[1].source)].lock == 1);
}

TEST_CASE("what threads are and how locks are taken stays", "[workloads][lowering]") {
  const LoweredProgram lowered = Lowered(
      "rwsem s\npercpu p\nplain x = 5\nvar y\ncondition c\ncompletion d\n"
      "thread m x 3 { spawn w; join w; read s recursive; tryread s; lock p timed; repeat 2 { wait c s }; await x >= "
      "y+1 }\n"
      "thread w { wait-for d; complete-all d; x = y-2 }");
  const LockProgram& program = lowered.program;
  CHECK(program.locks[1].type == LockType::kPercpuRwSem);
  CHECK(program.variables[0].plain);
  CHECK(program.variables[0].value == 5);
  CHECK_FALSE(program.variables[1].plain);
  CHECK(program.condition_count == 1);
  CHECK(program.completion_count == 1);
  CHECK(program.threads[0].count == 3);
  CHECK(program.threads[0].counters == 1);
  CHECK_FALSE(program.threads[0].spawned);
  CHECK(program.threads[1].spawned);
  const std::vector<LockProgram::Op>& ops = program.threads[0].ops;
  CHECK(ops[2].mode == Mode::kRecursiveShared);
  CHECK(ops[3].kind == Kind::kTrylock);
  CHECK(ops[3].target == LockProgram::kNone);
  CHECK(ops[4].kind == Kind::kTimed);
  CHECK(ops[5].count == 2);
  CHECK(ops[8].condition.comparison == LockProgram::Comparison::kGreaterEqual);
  CHECK(ops[8].condition.right.variable == 1);
  CHECK(ops[8].condition.right.offset == 1);
  CHECK(program.threads[1].ops[2].expression.offset == -2);
}

TEST_CASE("a lock that changes its class has it in a variable", "[workloads][lowering]") {
  const LoweredProgram lowered =
      Lowered("class C, D\nmutex a, b : C\nthread t { reclass a D subclass 3; init a }\nthread u { init b }");
  CHECK(lowered.class_variables == std::vector<int>{0, kNone});
  CHECK(CodesOf(lowered.program.threads[0]) == Codes{Code::kAssign, Code::kInit, Code::kAssign, Code::kEnd});
  CHECK(CodesOf(lowered.program.threads[1]) == Codes{Code::kInit, Code::kEnd});
  const ClassOfLock changed = Decode(lowered.program.threads[0].ops[0].expression.offset);
  CHECK(changed.lock_class == 1);
  CHECK(changed.subclass == 3);
  CHECK(Decode(lowered.program.variables[0].value).lock_class == 0);
  CHECK(Decode(Encode({kNone, 0})).lock_class == kNone);
}

// --- Both runners mean the same ---------------------------------------------------------------------

std::set<int> LinesOf(const std::vector<ScriptError>& errors) {
  std::set<int> lines;
  for (const ScriptError& error : errors) lines.insert(error.at.line);
  return lines;
}

struct Reached {
  std::set<int> broken;  // lines of asserts
  bool hangs = false;
};

Reached Search(const Program& program) {
  const Exploration exploration = ExploreProgram(program);
  CHECK(exploration.statistics.exhausted);
  Reached reached;
  for (const auto& each : exploration.reached) {
    if (each.finding.kind == FindingKind::kInvariant) {
      reached.broken.insert(each.finding.participants[0].at.line);
    } else {
      reached.hangs = true;
    }
  }
  return reached;
}

// Statements of one thread on its own, each on its line, with an assert about every lock behind it.
std::string RandomThread(std::mt19937_64& random) {
  static const std::vector<std::string> kLocks = {"m", "r", "s", "w"};
  std::string text = "mutex m; recursive r; rwsem s; rwlock w\nthread t {\n";
  for (int i = 0; i < 8; ++i) {
    const std::string& lock = kLocks[random() % kLocks.size()];
    const bool shared = (lock == "s" || lock == "w") && random() % 2 == 0;
    switch (random() % 7) {
      case 0: text += (shared ? "read " : "lock ") + lock; break;
      case 1:
      case 2: text += (shared ? "tryread " : "trylock ") + lock; break;
      case 3:
        text += "if " + std::string(shared ? "tryread " : "trylock ") + lock + " { unlock m } else { unlock s }";
        break;
      case 4: text += "init " + lock; break;
      default: text += "unlock " + lock; break;
    }
    text += "\n";
    for (const std::string& each : kLocks) {
      text += "assert held " + each + "\nassert not-held " + each + "\n";
      if (each == "s" || each == "w") text += "assert shared " + each + "\n";
    }
  }
  // So that no unlock is of a lock that is never locked.
  return text + "loop { break }\nif trylock m { }; if trylock r { }; if trylock s { }; if trylock w { }\n}\n";
}

TEST_CASE("one thread alone does in every schedule what the order pass does", "[workloads][lowering]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::size_t held = 0;
  for (std::uint64_t n = reference::TestPrograms(300); n > 0; --n) {
    const std::string text = RandomThread(random);
    INFO(text);
    const Program program = ProgramOf(text);
    Validator validator;
    Instances instances(program, validator);
    const SimulationResult run = Simulation(program, instances, {}).Run({});
    const Reached reached = Search(program);
    CHECK(LinesOf(run.broken_asserts) == reached.broken);
    CHECK(run.hung == reached.hangs);
    held += reached.broken.size();
  }
  CHECK(held > 0);
}

TEST_CASE("a thread may fail to take its own lock as often as a person writes it", "[workloads][lowering]") {
  std::string text = "mutex m\nthread t {\nlock m\n";
  for (int i = 0; i < 12; ++i) text += "trylock m\n";
  for (int i = 0; i < 13; ++i) text += "unlock m\n";
  const Reached reached = Search(ProgramOf(text + "assert not-held m\nlock m\nassert not-held m\n}\n"));
  CHECK(reached.broken == std::set<int>{31});
  CHECK_FALSE(reached.hangs);
}

TEST_CASE("what the order pass does is one of the schedules", "[workloads][lowering]") {
  const std::vector<std::string> scripts = {
      "mutex a\nvar x\nthread t1 { x = 1; await x == 2; assert held a }\nthread t2 { await x == 1; x = 2 }",
      "mutex a\ncondition c\nvar x\nthread t1 { lock a; if x == 0 { wait c a }; assert not-held a; unlock a }\n"
      "thread t2 { lock a; x = 1; signal c; unlock a }",
      "mutex a\ncompletion d\nthread t1 x 2 { wait-for d; assert held a }\nthread t2 { complete d }",
      "mutex a\nthread t1 { spawn w; join w; assert held a }\nthread w x 2 { assert held a }",
      "rwsem s\nthread t { write s; downgrade s; assert not-held s; unlock s }",
      "srcu r\nmutex a\nthread t1 { read r; yield; unlock r }\nthread t2 { sync r; assert held a }",
      "mutex a, b\nthread t1 { lock a timed; lock b timed; unlock b; unlock a; assert held a }\n"
      "thread t2 { lock b; yield; lock a; unlock a; unlock b }",
      "mutex a\nthread t1 { repeat 3 { repeat 2 { lock a; unlock a } }; assert held a }\nthread t2 { loop { if trylock "
      "a { "
      "break } }; assert not-held a }",
      "mutex a\nthread t1 { lock a; destroy a; init a; assert held a }\nthread t2 { lock a; assert not-held a; unlock "
      "a }",
      "local l\nthread t x 2 { lock l; yield; assert not-held l; unlock l }",
  };
  for (const std::string& text : scripts) {
    INFO(text);
    const Program program = ProgramOf(text);
    Validator validator;
    Instances instances(program, validator);
    const SimulationResult run = Simulation(program, instances, {}).Run({});
    CHECK_FALSE(run.broken_asserts.empty());
    const Reached reached = Search(program);
    for (const int line : LinesOf(run.broken_asserts)) CHECK(reached.broken.contains(line));
    if (run.hung) CHECK(reached.hangs);
  }
}

}  // namespace
}  // namespace lockdep::workloads
