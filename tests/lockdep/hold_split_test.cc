#include "lockdep/hold_split.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using reference::LockProgramFrom;
using Code = LockProgram::Code;

// The holds, by lock and operation, with which the thread's operation exists.
std::set<std::vector<std::pair<int, int>>> HoldsBefore(const SplitProgram& split, std::size_t thread, int op) {
  std::set<std::vector<std::pair<int, int>>> all;
  for (const SplitProgram::Place& place : split.places[thread]) {
    if (place.op != op) continue;
    std::vector<std::pair<int, int>> holds;
    for (const SplitHold& hold : place.holds) holds.emplace_back(hold.lock, hold.op);
    all.insert(holds);
  }
  return all;
}

TEST_CASE("an operation that is reached with and without a lock exists twice", "[lockdep][hold_split]") {
  const LockProgram program = LockProgramFrom("mutex a b\nthread t: try a; lock b; unlock b; unlock a");
  const SplitProgram split = SplitByHolds(program);
  REQUIRE_FALSE(split.gave_up);
  REQUIRE(Validate(split.program).empty());
  CHECK(HoldsBefore(split, 0, 1) == std::set<std::vector<std::pair<int, int>>>{{}, {{0, 0}}});
  const auto& ops = split.program.threads[0].ops;
  CHECK(std::count_if(ops.begin(), ops.end(), [](const auto& op) { return op.code == Code::kTake && op.lock == 1; }) ==
        2);
  // The unlock of what was not got is not there.
  CHECK(std::count_if(ops.begin(), ops.end(),
                      [](const auto& op) { return op.code == Code::kUnlock && op.lock == 0; }) == 1);
}

TEST_CASE("a straight line stays as it is", "[lockdep][hold_split]") {
  const LockProgram program = LockProgramFrom("mutex a b\nthread t: lock a; lock b; unlock b; unlock a");
  const SplitProgram split = SplitByHolds(program);
  REQUIRE(split.program.threads[0].ops.size() == program.threads[0].ops.size());
  CHECK(HoldsBefore(split, 0, 2) == std::set<std::vector<std::pair<int, int>>>{{{0, 0}, {1, 1}}});
  CHECK(HoldsBefore(split, 0, 4) == std::set<std::vector<std::pair<int, int>>>{{}});
}

TEST_CASE("a lock that is left out is not waited for and still counts as held", "[lockdep][hold_split]") {
  const LockProgram program = LockProgramFrom(
      "mutex g a b\nthread t: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
      "thread u: lock g; lock b; lock a; unlock a; unlock b; unlock g");
  CHECK(SearchSchedules(SplitByHolds(program).program).hangs.empty());
  const SplitProgram split = SplitByHolds(program, {true});
  CHECK(HoldsBefore(split, 0, 2) == std::set<std::vector<std::pair<int, int>>>{{{0, 0}, {1, 1}}});
  const SearchResult result = SearchSchedules(split.program);
  CHECK(result.statistics.exhausted);
  CHECK(result.hangs.size() == 1);
}

TEST_CASE("a program that would become too large is given up", "[lockdep][hold_split]") {
  std::string text = "mutex z";
  std::string operations;
  for (int i = 0; i < 16; ++i) {
    const std::string lock = "l" + std::to_string(i);
    text += " " + lock;
    operations += (i == 0 ? "try " : "; try ") + lock;
  }
  CHECK(SplitByHolds(LockProgramFrom(text + "\nthread t: " + operations + "; lock z; unlock z")).gave_up);
  CHECK(SplitByHolds(LockProgramFrom("recursive a\nthread t: again: lock a; jump again")).gave_up);
}

// --- The same hangs as before ----------------------------------------------------------------------------

struct Stuck {
  int thread = 0, copy = 0, op = 0;
  std::vector<std::pair<int, Mode>> holds;  // which of several takes of them is left to the schedule
  friend auto operator<=>(const Stuck&, const Stuck&) = default;
};
using Hangs = std::set<std::vector<Stuck>>;

// The operation of the original, whose place says what is really held there.
int CheckedOp(const LockProgram& program, const SplitProgram& split, const RunnerState& runner) {
  const auto thread = static_cast<std::size_t>(runner.name.thread);
  const auto& places = split.places[thread];
  const SplitProgram::Place& place = places[static_cast<std::size_t>(runner.op)];
  // A sleeper gave its lock back.
  if (program.threads[thread].ops[static_cast<std::size_t>(runner.op)].code == Code::kWait) return place.op;
  std::vector<SplitHold> holds;
  for (const RunnerState::Hold& hold : runner.holds) {
    holds.push_back({hold.lock, hold.mode, places[static_cast<std::size_t>(hold.op)].op});
  }
  REQUIRE(holds == place.holds);
  return place.op;
}

// `split`: what the program was made to, or null where it is the original.
Hangs HangsOf(const LockProgram& program, const SearchResult& result, const SplitProgram* split) {
  Hangs hangs;
  for (const ProgramHang& hang : result.hangs) {
    std::vector<Stuck> all;
    const ReplayResult replay = Replay(program, hang.schedule);
    for (const int number : hang.stuck) {
      const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(number));
      Stuck stuck{runner.name.thread, runner.name.copy, runner.op, {}};
      for (const RunnerState::Hold& hold : runner.holds) stuck.holds.emplace_back(hold.lock, hold.mode);
      std::sort(stuck.holds.begin(), stuck.holds.end());
      if (split != nullptr) stuck.op = CheckedOp(program, *split, runner);
      all.push_back(stuck);
    }
    std::sort(all.begin(), all.end());
    hangs.insert(all);
  }
  return hangs;
}

// Locks made or destroyed in use are taken from who holds them, which no place can tell.
bool EndsLives(const LockProgram& program) {
  for (const LockProgram::Thread& thread : program.threads) {
    for (const LockProgram::Op& op : thread.ops) {
      if (op.code == Code::kInit || op.code == Code::kDestroy) return true;
    }
  }
  return false;
}

std::size_t OperationsOf(const LockProgram& program) {
  std::size_t operations = 0;
  for (const LockProgram::Thread& thread : program.threads) operations += thread.ops.size();
  return operations;
}

TEST_CASE("random programs hang as before when they are split", "[lockdep][hold_split]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::LockProgramOptions options;
  options.loops = false;
  reference::RandomLockPrograms random(seed, options);
  std::uint64_t compared = 0, with_hang = 0;
  for (std::uint64_t i = reference::TestPrograms(2'000); i > 0; --i) {
    const LockProgram program = random.Next();
    if (EndsLives(program)) continue;
    INFO(reference::ToText(program));
    SearchOptions search;
    search.explore.states_max = 400;
    search.hangs_max = 10'000;
    search.witnesses = false;
    const SearchResult before = SearchSchedules(program, search);
    if (!before.statistics.exhausted) continue;
    const SplitProgram split = SplitByHolds(program);
    // A loop that takes a lock each time and keeps it has a list of holds for each round.
    if (split.gave_up || OperationsOf(split.program) > 300) continue;
    REQUIRE(Validate(split.program) == "");
    INFO("split:\n" << reference::ToText(split.program));
    search.explore.states_max = 20'000;
    const SearchResult after = SearchSchedules(split.program, search);
    REQUIRE(after.statistics.exhausted);
    REQUIRE(HangsOf(split.program, after, &split) == HangsOf(program, before, nullptr));
    ++compared;
    with_hang += before.hangs.empty() ? 0 : 1;
  }
  CHECK(3 * compared > reference::TestPrograms(2'000));
  CHECK(5 * with_hang > compared);
}

}  // namespace
}  // namespace lockdep
