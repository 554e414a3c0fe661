// Searches of some schedules only: what they find is sure, and they do not say that they saw all.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/philosophers.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using reference::LockProgramFrom;

constexpr const char* kAbba =
    "mutex a b\n"
    "thread t1: lock a; lock b; unlock b; unlock a\n"
    "thread t2: lock b; lock a; unlock a; unlock b";

SearchOptions Preemptions(int count) {
  SearchOptions options;
  options.explore.preemptions = count;
  return options;
}

SearchOptions Random(std::uint64_t runs, int pct_depth, std::uint64_t seed) {
  SearchOptions options;
  options.explore.random_runs = runs;
  options.explore.pct_depth = pct_depth;
  options.explore.seed = seed;
  return options;
}

// Names of those that are stuck, with the operation, per hang.
using Stuck = std::set<std::pair<RunnerName, int>>;
std::set<Stuck> StuckSets(const LockProgram& program, const SearchResult& result) {
  std::set<Stuck> sets;
  for (const ProgramHang& hang : result.hangs) {
    const ReplayResult replay = Replay(program, hang.schedule);
    REQUIRE_FALSE(replay.diverged);
    Stuck stuck;
    for (const int number : hang.stuck) {
      const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(number));
      CHECK(runner.waits);
      stuck.insert({runner.name, runner.op});
    }
    sets.insert(stuck);
  }
  return sets;
}

TEST_CASE("ABBA takes one preemption", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(kAbba);
  const SearchResult none = SearchSchedules(program, Preemptions(0));
  CHECK(none.hangs.empty());
  CHECK_FALSE(none.statistics.exhausted);
  CHECK(none.statistics.gave_up == "only schedules with at most 0 preemptions were followed");
  CHECK(SearchSchedules(program, Preemptions(1)).hangs.size() == 1);
}

TEST_CASE("a thread that waits is left without a preemption", "[lockdep][search]") {
  // t1 waits for t2 by itself, so one preemption is enough: of t2.
  const LockProgram program = LockProgramFrom(
      "mutex a b; completion d\n"
      "thread t1: lock a; wait-for d; lock b; unlock b; unlock a\n"
      "thread t2: lock b; complete d; lock a; unlock a; unlock b");
  CHECK(SearchSchedules(program, Preemptions(0)).hangs.size() == 1);
}

TEST_CASE("philosophers hang after one preemption, however many they are", "[lockdep][search]") {
  // One is interrupted with a fork; then each waits for the one on his left, the last one first.
  for (const int count : {3, 4, 5}) {
    CAPTURE(count);
    const LockProgram program = Philosophers(Table::kCyclic, count, 1);
    CHECK(SearchSchedules(program, Preemptions(0)).hangs.empty());
    CHECK(SearchSchedules(program, Preemptions(1)).hangs.size() == 1);
  }
}

TEST_CASE("random schedules find ABBA, are repeated by their seed, and prove nothing", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(kAbba);
  for (const int pct_depth : {0, 2}) {
    CAPTURE(pct_depth);
    const SearchResult found = SearchSchedules(program, Random(200, pct_depth, 7));
    REQUIRE(found.hangs.size() == 1);
    CHECK(found.statistics.executions == 200);
    CHECK_FALSE(found.statistics.exhausted);
    CHECK(found.statistics.gave_up == "only 200 random schedules were followed");
    const SearchResult again = SearchSchedules(program, Random(200, pct_depth, 7));
    CHECK(again.hangs[0].states == found.hangs[0].states);
    CHECK(again.statistics.transitions == found.statistics.transitions);
    REQUIRE(again.hangs[0].schedule.size() == found.hangs[0].schedule.size());
    for (std::size_t i = 0; i < found.hangs[0].schedule.size(); ++i) {
      CHECK(again.hangs[0].schedule[i].runner == found.hangs[0].schedule[i].runner);
    }
  }
}

TEST_CASE("a random schedule that goes round for ever ends at its limit", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom("mutex a\nthread t: again: lock a; unlock a; jump again");
  SearchOptions options = Random(3, 0, 1);
  options.explore.steps_max = 50;
  const SearchResult result = SearchSchedules(program, options);
  CHECK(result.hangs.empty());
  CHECK(result.statistics.transitions == 150);
}

TEST_CASE("threads that are stuck beside one that serves for ever are found by any search", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(
      "mutex a b c\n"
      "thread t1: lock a; lock b; unlock b; unlock a\n"
      "thread t2: lock b; lock a; unlock a; unlock b\n"
      "thread s: again: lock c; unlock c; jump again");
  const std::set<Stuck> expected = StuckSets(program, SearchSchedules(program));
  CHECK(expected.size() == 1);
  CHECK(StuckSets(program, SearchSchedules(program, Preemptions(2))) == expected);
  SearchOptions random = Random(100, 0, 3);
  random.explore.steps_max = 200;
  CHECK(StuckSets(program, SearchSchedules(program, random)) == expected);
}

TEST_CASE("failed assertions and races are found by any search", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(
      "mutex a; plain x\n"
      "thread t1: x = 1; held a\n"
      "thread t2: x = 2");
  for (const SearchOptions& options : {Preemptions(0), Random(20, 0, 1), Random(20, 1, 1)}) {
    const SearchResult result = SearchSchedules(program, options);
    CHECK(result.failures.size() == 1);
    CHECK(result.races.size() == 1);
  }
}

// Without loops a search with any number of preemptions sees all, and a random one no more than that.
TEST_CASE("searches of some schedules agree with that of all", "[lockdep][search]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::LockProgramOptions what;
  what.loops = false;
  reference::RandomLockPrograms random(seed, what);
  const std::uint64_t programs = reference::TestPrograms(300);
  for (std::uint64_t i = 0; i < programs; ++i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    SearchOptions all;
    all.explore.states_max = 20'000;
    const SearchResult expected = SearchSchedules(program, all);
    if (!expected.statistics.exhausted) continue;
    if (expected.hangs.size() == all.hangs_max) continue;  // there may be more of them
    const std::set<Stuck> hangs = StuckSets(program, expected);
    const SearchResult bounded = SearchSchedules(program, Preemptions(1000));
    CHECK(StuckSets(program, bounded) == hangs);
    CHECK(bounded.failures.size() == expected.failures.size());
    CHECK(bounded.races.size() == expected.races.size());
    std::set<Stuck> fewer;
    for (const int preemptions : {0, 1, 2, 3}) {
      const std::set<Stuck> found = StuckSets(program, SearchSchedules(program, Preemptions(preemptions)));
      CHECK(std::includes(found.begin(), found.end(), fewer.begin(), fewer.end()));
      CHECK(std::includes(hangs.begin(), hangs.end(), found.begin(), found.end()));
      fewer = found;
    }
    for (const int pct_depth : {0, 3}) {
      const std::set<Stuck> found = StuckSets(program, SearchSchedules(program, Random(10, pct_depth, seed)));
      CHECK(std::includes(hangs.begin(), hangs.end(), found.begin(), found.end()));
    }
  }
}

// With loops, whom a search of some schedules calls stuck is stuck in some hang.
TEST_CASE("with loops a search of some schedules finds nothing that is not there", "[lockdep][search]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomLockPrograms random(seed, {});
  const std::uint64_t programs = reference::TestPrograms(300);
  for (std::uint64_t i = 0; i < programs; ++i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    SearchOptions all;
    all.explore.states_max = 5'000;
    all.hangs_max = 5'000;
    const SearchResult expected = SearchSchedules(program, all);
    if (!expected.statistics.exhausted) continue;
    std::set<Stuck> hangs;
    for (const ProgramHang& hang : expected.hangs) {
      Stuck stuck;
      const ReplayResult replay = Replay(program, hang.schedule);
      for (std::size_t at = 0; at < hang.stuck.size(); ++at) {
        const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(hang.stuck[at]));
        if (!hang.moves[at]) stuck.insert({runner.name, runner.op});
      }
      hangs.insert(stuck);
    }
    SearchOptions runs = Random(5, 2, seed);
    runs.explore.steps_max = 300;
    for (const SearchOptions& options : {Preemptions(2), runs}) {
      for (const Stuck& found : StuckSets(program, SearchSchedules(program, options))) {
        CHECK(std::any_of(hangs.begin(), hangs.end(), [&](const Stuck& hang) {
          return std::includes(hang.begin(), hang.end(), found.begin(), found.end());
        }));
      }
    }
  }
}

}  // namespace
}  // namespace lockdep
