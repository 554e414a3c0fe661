// The search of schedules against the reference (tests/reference/script_schedules.h), on random lock programs.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/schedule_search.h"
#include "tests/catch.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/program.h"
#include "tests/reference/program_generator.h"
#include "tests/reference/schedules.h"
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
// Hangs that differ only in what is held are one for the reference: the shortest of them counts.
void CheckWitnesses(const LockProgram& program, const SearchResult& result, const std::map<StuckSet, int>& expected) {
  std::map<StuckSet, int> fewest;
  for (const ProgramHang& hang : result.hangs) {
    // There may be several hangs with the same threads that move.
    if (hang.spinning) continue;
    CHECK(hang.minimal);
    const auto [it, is_new] = fewest.try_emplace(StuckSetOf(program, hang), SwitchesOf(hang.schedule));
    if (!is_new) it->second = std::min(it->second, SwitchesOf(hang.schedule));
  }
  for (const auto& [stuck, switches] : fewest) {
    const auto known = expected.find(stuck);
    if (known != expected.end()) CHECK(switches <= known->second);
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
  CHECK(4 * compared > 3 * programs);
}

LockProgramOptions WithoutLoops() {
  LockProgramOptions options;
  options.loops = false;
  return options;
}

TEST_CASE("random programs hang as the reference says", "[lockdep][search]") {
  CompareRandom({}, reference::TestPrograms(700));
}

TEST_CASE("random programs without loops hang as the reference says", "[lockdep][search]") {
  CompareRandom(WithoutLoops(), reference::TestPrograms(700));
}

TEST_CASE("many random programs hang as the reference says", "[.][full]") {
  CompareRandom({}, reference::TestPrograms(40'000));
}

TEST_CASE("many random programs without loops hang as the reference says", "[.][full]") {
  CompareRandom(WithoutLoops(), reference::TestPrograms(40'000));
}

// --- Reduction ------------------------------------------------------------------------------------

// Programs too large for the reference: whatever is followed, the same hangs.
void CompareReduction(const LockProgramOptions& options, std::uint64_t programs) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomLockPrograms random(seed, options);
  std::uint64_t fewer = 0;
  for (std::uint64_t i = 0; i < programs; ++i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    SearchOptions search;
    search.witnesses = false;
    search.hangs_max = 10'000;
    search.explore.states_max = 30'000;
    search.reduce = false;
    const SearchResult full = SearchSchedules(program, search);
    if (!full.statistics.exhausted) continue;
    search.reduce = true;
    const SearchResult reduced = SearchSchedules(program, search);
    REQUIRE(reduced.statistics.exhausted);
    REQUIRE(reduced.statistics.states <= full.statistics.states);
    REQUIRE(reduced.statistics.hang_states == full.statistics.hang_states);
    REQUIRE(reduced.hangs.size() == full.hangs.size());
    REQUIRE(Failures(reduced) == Failures(full));
    REQUIRE(Races(reduced) == Races(full));
    if (2 * reduced.statistics.states < full.statistics.states) ++fewer;
  }
  CHECK(10 * fewer > programs);
}

LockProgramOptions Larger() {
  LockProgramOptions options = WithoutLoops();
  options.threads_max = 5;
  return options;
}

TEST_CASE("a reduced search finds what a full one does", "[lockdep][search]") {
  CompareReduction(Larger(), reference::TestPrograms(300));
}

TEST_CASE("reduced searches of many programs find what full ones do", "[.][full]") {
  CompareReduction(Larger(), reference::TestPrograms(20'000));
}

// --- All small programs -----------------------------------------------------------------------------

LockProgram::Op MakeOp(LockProgram::Code code, int lock) {
  LockProgram::Op op;
  op.code = code;
  op.lock = lock;
  return op;
}

// What a thread of tests/reference/program.h does; who gives up releases what it got until then, youngest first.
void AddOps(const reference::Thread& thread, LockProgram::Thread& to) {
  using reference::OpKind;
  std::vector<int> held;
  std::vector<std::pair<std::size_t, std::vector<int>>> failures;
  for (const reference::Op& op : thread.ops) {
    if (op.op == OpKind::kAcquire) {
      to.ops.push_back(MakeOp(LockProgram::Code::kTake, op.lock));
      to.ops.back().mode = op.mode;
      to.ops.back().kind = op.kind;
      const bool gives_up = op.kind != Kind::kBlocking && op.on_failure == reference::OnFailure::kGiveUp;
      if (gives_up) failures.emplace_back(to.ops.size() - 1, held);
      held.push_back(op.lock);
    } else {
      to.ops.push_back(MakeOp(LockProgram::Code::kUnlock, op.lock));
      const auto youngest = std::find(held.rbegin(), held.rend(), op.lock);
      if (youngest != held.rend()) held.erase(std::next(youngest).base());
    }
  }
  const auto release_all = [&to](std::vector<int> locks) {
    for (; !locks.empty(); locks.pop_back()) to.ops.push_back(MakeOp(LockProgram::Code::kUnlock, locks.back()));
  };
  release_all(held);
  std::vector<std::size_t> jumps;
  for (const auto& [take, locks] : failures) {
    jumps.push_back(to.ops.size());
    to.ops.push_back(MakeOp(LockProgram::Code::kJump, LockProgram::kNone));
    to.ops[take].target = static_cast<int>(to.ops.size());
    release_all(locks);
  }
  for (const std::size_t jump : jumps) to.ops[jump].target = static_cast<int>(to.ops.size());
  to.ops.emplace_back();
}

LockProgram Lowered(const reference::Program& program) {
  LockProgram lowered;
  for (const reference::Lock& lock : program.locks) lowered.locks.push_back({lock.name, lock.type});
  for (const reference::Thread& thread : program.threads) {
    LockProgram::Thread& to = lowered.threads.emplace_back();
    to.name = "t" + std::to_string(lowered.threads.size());
    to.count = thread.count;
    AddOps(thread, to);
  }
  return lowered;
}

// The other reference engine (schedules.h) runs the original; it has the same hangs where nobody waits for a time.
void CompareSmall(const reference::Program& program) {
  const LockProgram lowered = Lowered(program);
  INFO(reference::ToText(lowered));
  REQUIRE(Validate(lowered).empty());
  const SearchResult result = SearchSchedules(lowered);
  REQUIRE(result.statistics.exhausted);
  const reference::Exploration other = reference::Explore(program, 1'000'000);
  REQUIRE(result.hangs.empty() == (other.hangs == 0));
}

constexpr Mode kW = Mode::kExclusive;
constexpr Mode kR = Mode::kShared;
constexpr Mode kRR = Mode::kRecursiveShared;

// The quick tier takes every n-th program.
struct Family {
  reference::SmallPrograms programs;
  std::size_t quick_every = 1;
  bool by_reference = true;  // small enough for it
};

const std::vector<Family> kFamilies = {
    {{.locks = 3, .threads = 3, .depth = 3}, 1, false},
    {{.locks = 2, .threads = 2, .depth = 2, .modes = {kW, kR, kRR}, .take_again = true}, 1, true},
    {{.locks = 2, .threads = 2, .depth = 2, .modes = {kW, kR}, .kinds = {Kind::kBlocking, Kind::kTrylock}}, 3, true},
    {{.locks = 2, .threads = 3, .depth = 2, .modes = {kW, kR, kRR}}, 30, false},
    {{.locks = 3, .threads = 3, .depth = 2, .early_release = true, .counts = {1, 2}}, 20, false},
};

void CompareFamilies(bool quick) {
  for (const Family& family : kFamilies) {
    std::size_t number = 0;
    ForEachSmallProgram(family.programs, [&](const reference::Program& program) {
      if (number++ % (quick ? family.quick_every : 1) != 0) return true;
      CompareSmall(program);
      if (family.by_reference) Compare(Lowered(program));
      return true;
    });
    CHECK(number > 10);
  }
}

TEST_CASE("small programs hang as two references say", "[lockdep][search]") { CompareFamilies(true); }

TEST_CASE("all small programs hang as two references say", "[.][full]") { CompareFamilies(false); }

}  // namespace
}  // namespace lockdep
