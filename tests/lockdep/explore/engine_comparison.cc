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

// What the packed search without reduction found.
struct Known {
  std::set<StuckPlaces> hangs;
  std::set<std::pair<int, int>> failures;
};

bool ReferenceAgrees(const LockProgram& program, const Known& known, std::size_t states_max) {
  const reference::ProgramExploration expected = reference::ExploreProgram(program, states_max);
  if (!expected.exhausted) return false;
  INFO("reference\n" << Text(HangsOf(expected)) << "packed\n" << Text(known.hangs));
  REQUIRE(known.hangs == HangsOf(expected));
  REQUIRE(known.failures == expected.failures);
  return true;
}

void RequireReducedAgrees(const LockProgram& program, const Known& known, std::uint64_t states_max) {
  const SearchResult reduced = Packed(program, true, states_max);
  REQUIRE(reduced.statistics.exhausted);
  REQUIRE(HangsOf(program, reduced) == known.hangs);
  REQUIRE(FailuresOf(reduced) == known.failures);
}

bool FibersAgree(const LockProgram& program, const Known& known, std::uint64_t states_max, bool every_step) {
  const RunOnFibers fibers = ExploreOnFibers(program, states_max, every_step);
  INFO("every step: " << every_step << ", " << fibers.states << " states; " << fibers.gave_up << "\npacked\n"
                      << Text(known.hangs) << "fibers\n"
                      << Text(fibers.hangs));
  REQUIRE(fibers.errors == std::vector<std::string>{});
  if (fibers.states >= states_max) {
    REQUIRE_FALSE(fibers.exhausted);
    REQUIRE(std::includes(known.hangs.begin(), known.hangs.end(), fibers.hangs.begin(), fibers.hangs.end()));
    return false;
  }
  REQUIRE(fibers.exhausted);
  REQUIRE(fibers.hangs == known.hangs);
  REQUIRE(fibers.failures == known.failures);
  return true;
}

}  // namespace

Compared CompareEngines(const LockProgram& program, bool every_step, const EngineLimits& limits) {
  Compared compared;
  INFO(reference::ToText(program));
  const SearchResult full = Packed(program, false, limits.packed_states);
  if (!full.statistics.exhausted) return compared;
  const Known known{HangsOf(program, full), FailuresOf(full)};
  RequireReducedAgrees(program, known, limits.packed_states);
  compared.by_packed = true;
  compared.hangs = !known.hangs.empty();
  compared.by_reference = ReferenceAgrees(program, known, limits.reference_states);
  compared.for_fibers = RunsOnFibers(program);
  if (compared.for_fibers) compared.by_fibers = FibersAgree(program, known, limits.fiber_states, every_step);
  return compared;
}

}  // namespace lockdep::explore
