#include "lockdep/lock_program.h"

#include <string>

#include "tests/catch.h"
#include "tests/reference/lock_program_text.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using reference::LockProgramFrom;

LockProgram::Op MakeOp(Code code) {
  LockProgram::Op op;
  op.code = code;
  return op;
}

// What is wrong with a thread that does only this, in a program of one mutex, one rcu lock and one variable.
std::string WrongWith(const LockProgram::Op& op) {
  LockProgram program = LockProgramFrom("mutex a; rcu r; var x\nthread t: yield");
  program.threads[0].ops.insert(program.threads[0].ops.begin(), op);
  return Validate(program);
}

TEST_CASE("numbers of a lock program that mean nothing are named", "[lockdep][lock_program]") {
  LockProgram::Op op = MakeOp(Code::kTake);
  CHECK(WrongWith(op) == "thread 0 op 0: lock -1 does not exist");
  op.lock = 7;
  CHECK(WrongWith(op) == "thread 0 op 0: lock 7 does not exist");
  op.lock = 0;
  CHECK(WrongWith(op).empty());
  op.target = 9;
  CHECK(WrongWith(op) == "thread 0 op 0: operation 9 does not exist");
  op = MakeOp(Code::kSignal);
  op.number = 0;
  CHECK(WrongWith(op) == "thread 0 op 0: condition 0 does not exist");
  op = MakeOp(Code::kSpawn);
  op.number = 1;
  CHECK(WrongWith(op) == "thread 0 op 0: thread 1 does not exist");
  op = MakeOp(Code::kAssign);
  op.number = 0;
  op.expression.variable = 1;
  CHECK(WrongWith(op) == "thread 0 op 0: variable 1 does not exist");
  op = MakeOp(Code::kCountStart);
  op.number = 0;
  CHECK(WrongWith(op) == "thread 0 op 0: counter 0 does not exist");
}

TEST_CASE("operations that a type of lock does not have are named", "[lockdep][lock_program]") {
  LockProgram::Op op = MakeOp(Code::kTake);
  op.lock = 1;
  CHECK(WrongWith(op) == "thread 0 op 0: lock 1 cannot be taken exclusive");
  op.lock = 0;
  op.mode = Mode::kShared;
  CHECK(WrongWith(op) == "thread 0 op 0: lock 0 cannot be taken shared");
  op = MakeOp(Code::kSync);
  op.lock = 0;
  CHECK(WrongWith(op) == "thread 0 op 0: lock 0 has no sync");
  op = MakeOp(Code::kDowngrade);
  op.lock = 0;
  CHECK(WrongWith(op) == "thread 0 op 0: lock 0 has no downgrade");
}

TEST_CASE("a thread without an end is wrong", "[lockdep][lock_program]") {
  LockProgram program = LockProgramFrom("thread t: yield");
  program.threads[0].ops.pop_back();
  CHECK(Validate(program) == "thread 0: it does not end with an end");
  program.threads[0].ops.clear();
  CHECK(Validate(program) == "thread 0: it does not end with an end");
}

TEST_CASE("a program may loop if an operation can come twice, other than by a counted loop",
          "[lockdep][lock_program]") {
  const auto loops = [](const char* text) { return MayLoop(LockProgramFrom(text)); };
  CHECK_FALSE(loops("mutex a\nthread t: lock a; unlock a"));
  CHECK(loops("mutex a\nthread t: again: lock a; unlock a; jump again"));
  CHECK(loops("mutex a\nthread t: again: try a -> again; unlock a"));
  CHECK_FALSE(loops("mutex a\nthread t: repeat 3 0 -> out; again: lock a; unlock a; next 0 -> again; out: yield"));
  CHECK_FALSE(
      loops("thread t: repeat 3 0 -> out; a: repeat 2 1 -> b; c: yield; next 1 -> c; b: next 0 -> a; out: yield"));
  // It counts from the start again.
  CHECK(loops("thread t: a: repeat 3 0 -> out; yield; next 0 -> a; out: yield"));
  CHECK(loops("mutex m\nthread t: repeat 3 0 -> out; a: try m -> a; unlock m; next 0 -> a; out: yield"));
}

}  // namespace
}  // namespace lockdep
