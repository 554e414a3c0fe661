// The search of schedules against the reference (tests/reference/script_schedules.h), on random lock programs.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/script_schedules.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using reference::ExploreProgram;
using reference::LockProgramOptions;
using reference::ProgramExploration;
using reference::RandomLockPrograms;
using reference::StuckSet;

constexpr std::size_t kReferenceStatesMax = 700;

// Who is stuck where, by what the schedule leads to.
StuckSet StuckSetOf(const LockProgram& program, const ProgramHang& hang) {
  const ReplayResult replay = Replay(program, hang.schedule);
  REQUIRE_FALSE(replay.diverged);
  StuckSet stuck;
  for (std::size_t i = 0; i < hang.stuck.size(); ++i) {
    const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(hang.stuck[i]));
    stuck.push_back({runner.name.thread, runner.name.copy, hang.moves[i] ? -1 : runner.op});
    CHECK((runner.waits || hang.moves[i]));
  }
  std::sort(stuck.begin(), stuck.end());
  return stuck;
}

std::set<StuckSet> StuckSets(const LockProgram& program, const SearchResult& result) {
  std::set<StuckSet> sets;
  for (const ProgramHang& hang : result.hangs) sets.insert(StuckSetOf(program, hang));
  return sets;
}

std::string Describe(const LockProgram& program, const std::set<StuckSet>& sets) {
  std::string text;
  for (const StuckSet& stuck : sets) text += "  " + Describe(program, stuck) + "\n";
  return text;
}

std::set<std::pair<int, int>> Failures(const SearchResult& result) {
  std::set<std::pair<int, int>> failures;
  for (const ProgramFailure& failure : result.failures) {
    failures.insert({failure.schedule.back().runner.thread, failure.schedule.back().op});
  }
  return failures;
}

std::set<int> Races(const SearchResult& result) {
  std::set<int> races;
  for (const ProgramFailure& race : result.races) races.insert(race.variable);
  return races;
}

int SwitchesOf(const ProgramSchedule& schedule) {
  int switches = 0;
  for (std::size_t i = 1; i < schedule.size(); ++i) switches += schedule[i].runner != schedule[i - 1].runner ? 1 : 0;
  return switches;
}

std::set<StuckSet> KeysOf(const std::map<StuckSet, int>& hangs) {
  std::set<StuckSet> keys;
  for (const auto& [stuck, switches] : hangs) keys.insert(stuck);
  return keys;
}

// A schedule need not go on until the others have ended, so it may be shorter than the reference's; never longer.
void CheckWitnesses(const LockProgram& program, const SearchResult& result, const std::map<StuckSet, int>& expected) {
  for (const ProgramHang& hang : result.hangs) {
    const auto known = expected.find(StuckSetOf(program, hang));
    // There may be several hangs with the same threads that move.
    if (known == expected.end() || hang.spinning) continue;
    CHECK(hang.minimal);
    CHECK(SwitchesOf(hang.schedule) <= known->second);
  }
}

// The loop leads back to where it began, and whoever can go on somewhere takes a step.
void CheckLivelock(const LockProgram& program, const ProgramLivelock& livelock) {
  ProgramSchedule schedule = livelock.prefix;
  const ReplayResult before = Replay(program, schedule);
  std::set<RunnerName> steps;
  std::set<RunnerName> could;
  for (const ProgramStep& step : livelock.loop) {
    for (const RunnerState& runner : Replay(program, schedule).runners) {
      if (!runner.ended && !runner.waits) could.insert(runner.name);
    }
    steps.insert(step.runner);
    schedule.push_back(step);
  }
  const ReplayResult after = Replay(program, schedule);
  CHECK_FALSE(after.diverged);
  CHECK(std::includes(steps.begin(), steps.end(), could.begin(), could.end()));
  CHECK(before.variables == after.variables);
  REQUIRE(before.runners.size() == after.runners.size());
  for (std::size_t i = 0; i < before.runners.size(); ++i) {
    CHECK(before.runners[i].op == after.runners[i].op);
    CHECK(before.runners[i].holds.size() == after.runners[i].holds.size());
  }
}

// Compares one program; false if it was too large for the reference.
bool Compare(const LockProgram& program) {
  const ProgramExploration expected = ExploreProgram(program, kReferenceStatesMax);
  if (!expected.exhausted) return false;
  INFO(reference::ToText(program));
  for (const bool reduce : {false, true}) {
    CAPTURE(reduce);
    SearchOptions options;
    options.reduce = reduce;
    options.hangs_max = 1000;
    const SearchResult result = SearchSchedules(program, options);
    if (!result.statistics.exhausted) return false;
    const std::set<StuckSet> found = StuckSets(program, result);
    INFO("expected:\n" << Describe(program, KeysOf(expected.hangs)) << "found:\n" << Describe(program, found));
    REQUIRE(found == KeysOf(expected.hangs));
    REQUIRE(Failures(result) == expected.failures);
    REQUIRE(Races(result) == expected.races);
    REQUIRE(result.livelocks.empty() != expected.livelock);
    CheckWitnesses(program, result, expected.hangs);
    for (const ProgramLivelock& livelock : result.livelocks) CheckLivelock(program, livelock);
  }
  return true;
}

void CompareRandom(const LockProgramOptions& options, std::uint64_t programs) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomLockPrograms random(seed, options);
  std::uint64_t compared = 0;
  for (std::uint64_t i = 0; i < programs; ++i) {
    const LockProgram program = random.Next();
    REQUIRE(Validate(program).empty());
    if (Compare(program)) ++compared;
  }
  WARN("compared " << compared << " of " << programs);
  CHECK(2 * compared > programs);
}

TEST_CASE("random programs hang as the reference says", "[lockdep][search]") {
  CompareRandom({}, reference::TestPrograms(1000));
}

TEST_CASE("random programs without loops hang as the reference says", "[lockdep][search]") {
  LockProgramOptions options;
  options.loops = false;
  CompareRandom(options, reference::TestPrograms(1000));
}

}  // namespace
}  // namespace lockdep
