#include "lockdep/program_runner.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

constexpr std::size_t kStatesMax = 100'000;

// Follows the schedule; FAILs where it does not go on.
void Do(ProgramRunner& runner, const ProgramSchedule& schedule) {
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    CAPTURE(i);
    REQUIRE(runner.Do(schedule[i]));
  }
}

TEST_CASE("who is stuck where a hang was found is who never goes on there", "[program_runner]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomLockPrograms programs(seed, {});
  std::size_t hangs = 0;
  for (std::uint64_t n = reference::TestPrograms(300); n > 0; --n) {
    const LockProgram program = programs.Next();
    SearchOptions options;
    options.explore.states_max = 5000;
    options.witnesses = false;
    const SearchResult found = SearchSchedules(program, options);
    if (!found.statistics.exhausted) continue;
    INFO(reference::ToText(program));
    if (found.hangs.empty()) {
      ProgramRunner runner(program);
      CHECK(runner.StuckRunners(kStatesMax)->empty());
    }
    for (const ProgramHang& hang : found.hangs) {
      ++hangs;
      ProgramRunner runner(program);
      Do(runner, hang.schedule);
      const auto stuck = runner.StuckRunners(kStatesMax);
      REQUIRE(stuck);
      std::vector<int> numbers;
      for (const ProgramRunner::Stuck& each : *stuck) numbers.push_back(each.number);
      CHECK(numbers == hang.stuck);
    }
  }
  CHECK(hangs > 0);
}

TEST_CASE("a step that is not possible changes nothing", "[program_runner]") {
  LockProgram program;
  program.locks.push_back({"a", LockType::kMutex});
  for (int i = 0; i < 2; ++i) {
    LockProgram::Thread& thread = program.threads.emplace_back();
    thread.ops.resize(2);
    thread.ops[0].code = LockProgram::Code::kTake;
    thread.ops[0].lock = 0;
  }
  ProgramRunner runner(program);
  REQUIRE(runner.impossible().empty());
  CHECK(runner.count() == 2);
  ProgramStep step;
  step.runner = {1, 0};
  step.result = StepResult::kNotGot;
  CHECK_FALSE(runner.Do(step));
  step.result = StepResult::kDone;
  CHECK(runner.Do(step));
  CHECK(runner.HasEnded(1));
  CHECK_FALSE(runner.HasEnded(0));
  step.runner = {0, 0};
  CHECK(runner.Possible(0).empty());
  CHECK_FALSE(runner.Do(step));
  CHECK(runner.OpOf(0) == 0);
  CHECK(runner.StuckRunners(kStatesMax) == std::vector<ProgramRunner::Stuck>{{0, false}});
  step.runner = {7, 0};
  CHECK_FALSE(runner.Do(step));
  CHECK_FALSE(runner.StuckRunners(0));
}

}  // namespace
}  // namespace lockdep
