// The search of schedules against the reference (tests/reference/script_schedules.h), on random lock programs.
#include <algorithm>
#include <cstdint>
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

// Who is stuck where in each hang, by what its schedule leads to.
std::set<StuckSet> StuckSets(const LockProgram& program, const SearchResult& result) {
  std::set<StuckSet> sets;
  for (const ProgramHang& hang : result.hangs) {
    const ReplayResult replay = Replay(program, hang.schedule);
    CHECK_FALSE(replay.diverged);
    StuckSet stuck;
    for (std::size_t i = 0; i < hang.stuck.size(); ++i) {
      const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(hang.stuck[i]));
      stuck.push_back({runner.name.thread, runner.name.copy, hang.moves[i] ? -1 : runner.op});
      CHECK((runner.waits || hang.moves[i]));
    }
    std::sort(stuck.begin(), stuck.end());
    sets.insert(stuck);
  }
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
    CAPTURE(result.statistics.gave_up);
    if (!result.statistics.exhausted) return false;
    const std::set<StuckSet> found = StuckSets(program, result);
    INFO("expected:\n" << Describe(program, expected.hangs) << "found:\n" << Describe(program, found));
    CHECK(found == expected.hangs);
    CHECK(Failures(result) == expected.failures);
    CHECK(Races(result) == expected.races);
    if (found != expected.hangs || Failures(result) != expected.failures || Races(result) != expected.races) {
      FAIL("differs");
    }
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
