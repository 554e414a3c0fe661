#include "tests/lockdep/explore/engine_comparison.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/program_on_fibers.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/script_schedules.h"

namespace lockdep::explore {
namespace {

std::string Text(const std::set<StuckPlaces>& hangs) {
  std::string text;
  for (const StuckPlaces& stuck : hangs) {
    for (const auto& [thread, op] : stuck) text += " t" + std::to_string(thread) + "@" + std::to_string(op);
    text += "\n";
  }
  return text;
}

std::set<StuckPlaces> HangsOf(const reference::ProgramExploration& exploration) {
  std::set<StuckPlaces> hangs;
  for (const auto& [stuck, switches] : exploration.hangs) hangs.insert(WithoutCopies(stuck));
  return hangs;
}

// Where the schedules of the hangs lead.
std::set<StuckPlaces> HangsOf(const LockProgram& program, const SearchResult& result) {
  std::set<StuckPlaces> hangs;
  for (const ProgramHang& hang : result.hangs) {
    const ReplayResult replay = Replay(program, hang.schedule);
    REQUIRE_FALSE(replay.diverged);
    StuckPlaces stuck;
    for (std::size_t i = 0; i < hang.stuck.size(); ++i) {
      const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(hang.stuck[i]));
      stuck.emplace_back(runner.name.thread, hang.moves[i] ? -1 : runner.op);
    }
    std::sort(stuck.begin(), stuck.end());
    hangs.insert(stuck);
  }
  return hangs;
}

std::set<std::pair<int, int>> FailuresOf(const SearchResult& result) {
  std::set<std::pair<int, int>> failures;
  for (const ProgramFailure& failure : result.failures) {
    failures.insert({failure.schedule.back().runner.thread, failure.schedule.back().op});
  }
  return failures;
}

SearchResult Packed(const LockProgram& program, bool reduce, std::uint64_t states_max) {
  SearchOptions options;
  options.reduce = reduce;
  options.hangs_max = 10'000;
  options.explore.states_max = states_max;
  return SearchSchedules(program, options);
}

}  // namespace

Compared CompareEngines(const LockProgram& program, bool every_step, const EngineLimits& limits) {
  Compared compared;
  if (!RunsOnFibers(program)) return compared;
  INFO(reference::ToText(program));
  const reference::ProgramExploration expected = reference::ExploreProgram(program, limits.reference_states);
  if (!expected.exhausted && limits.needs_reference) return compared;
  const SearchResult full = Packed(program, false, limits.packed_states);
  if (!full.statistics.exhausted && !limits.needs_reference) return compared;
  REQUIRE(full.statistics.exhausted);
  const std::set<StuckPlaces> hangs = HangsOf(program, full);
  const auto failures = FailuresOf(full);
  if (expected.exhausted) {
    INFO("reference\n" << Text(HangsOf(expected)) << "packed\n" << Text(hangs));
    REQUIRE(hangs == HangsOf(expected));
    REQUIRE(failures == expected.failures);
  }
  const SearchResult reduced = Packed(program, true, limits.packed_states);
  REQUIRE(reduced.statistics.exhausted);
  REQUIRE(HangsOf(program, reduced) == hangs);
  REQUIRE(FailuresOf(reduced) == failures);
  compared.by_reference = expected.exhausted;
  compared.hangs = !hangs.empty();

  const RunOnFibers fibers = ExploreOnFibers(program, limits.fiber_states, every_step);
  INFO("every step: " << every_step << ", " << fibers.states << " states; " << fibers.gave_up << "\npacked\n"
                      << Text(hangs) << "fibers\n"
                      << Text(fibers.hangs));
  REQUIRE(fibers.errors == std::vector<std::string>{});
  if (fibers.states >= limits.fiber_states) {
    compared.outcome = Compared::Outcome::kTooLargeForFibers;
    return compared;
  }
  REQUIRE(fibers.exhausted);
  REQUIRE(fibers.hangs == hangs);
  REQUIRE(fibers.failures == failures);
  compared.outcome = Compared::Outcome::kSame;
  return compared;
}

}  // namespace lockdep::explore
