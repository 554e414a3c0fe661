#include "workloads/schedule_replay.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/program_generator.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"
#include "tests/workloads/script.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

ScriptReplay ReplayOf(const std::string& script, const std::string& schedule) {
  const ScheduleTextResult read = ParseSchedule(schedule);
  for (const ScheduleTextError& error : read.errors) FAIL_CHECK(error.ToString());
  return ReplayOn(ProgramOf(script), read.schedule);
}

constexpr const char* kAbba =
    "mutex a, b\nthread t1 { lock a\nlock b\nunlock b; unlock a }\nthread t2 { lock b\nlock a\nunlock a; unlock b }\n";

TEST_CASE("a schedule that hangs says who waits for whom", "[workloads][schedule_replay]") {
  const ScriptReplay replay = ReplayOf(kAbba, "t1@2 t2@5");
  CHECK(replay.diverged.empty());
  REQUIRE(replay.findings.size() == 1);
  CHECK(Summary(replay.findings[0]) == "hang a -> b, verdict real");
  CHECK(replay.findings[0].schedule == "t1@2 t2@5");
  CHECK(replay.steps.size() == 4);
  CHECK_FALSE(replay.ended);
  CHECK(replay.next.empty());
}

TEST_CASE("a schedule that does not hang says what could go on, or that all ended", "[workloads][schedule_replay]") {
  const ScriptReplay part = ReplayOf(kAbba, "t1@2,3");
  CHECK(part.findings.empty());
  CHECK(part.next == Strings{"t1 at line 4: unlock b"});
  const ScriptReplay whole = ReplayOf(kAbba, "t1@2,3,4,4 t2@5,6,7,7");
  CHECK(whole.ended);
  CHECK(whole.findings.empty());
  CHECK(ReplayOf(kAbba, "").next == Strings{"t1 at line 2: lock a", "t2 at line 5: lock b"});
}

TEST_CASE("a schedule that ends before its hang says that it can only hang", "[workloads][schedule_replay]") {
  const ScriptReplay early =
      ReplayOf("mutex a, b\nthread t1 { lock a; lock b\nlock b }\nthread t2 { lock a }", "t1@2,2");
  CHECK(early.doomed == false);  // t1 waits for itself, whatever t2 does
  CHECK(early.findings.size() == 1);
  const ScriptReplay open = ReplayOf(
      "mutex a\ncompletion d\nthread t1 { lock a\nwait-for d; unlock a }\nthread t2 { lock a; unlock a; complete d }",
      "");
  CHECK_FALSE(open.doomed);
  const ScriptReplay only = ReplayOf("mutex a\nvar x\nthread t1 { await x == 1 }\nthread t2 { lock a\nlock a }", "");
  CHECK(only.doomed);
  CHECK(only.findings.empty());
}

TEST_CASE("where a schedule does not fit is said, and why", "[workloads][schedule_replay]") {
  const auto diverged = [](const std::string& script, const std::string& schedule) {
    return ReplayOf(script, schedule).diverged;
  };
  CHECK(diverged(kAbba, "t1@2 t3@5") == "step 2: expected t3 at line 5, found no thread of that name");
  CHECK(diverged(kAbba, "t1@2 t1#2@5") == "step 2: expected t1#2 at line 5, found it not started");
  CHECK(diverged(kAbba, "t1@2 t2@6") == "step 2: expected t2 at line 6, found t2 at line 5: lock b");
  CHECK(
      diverged(kAbba, "t1@2 t2@5 t1@3") ==
      "step 3: expected t1 at line 3: lock b to be possible, found it not; it cannot do that because b is held by t2");
  CHECK(diverged(kAbba, "t1@2 t2@5 t1@4") ==
        "step 3: expected t1 at line 4, found t1 at line 3: lock b; it cannot do that because b is held by t2");
  CHECK(diverged(kAbba, "t1@2~") == "step 1: expected t1 at line 2: lock a to be possible in this way, found it not");
  CHECK(diverged(kAbba, "t1@2,3,4,4,5") == "step 5: expected t1 at line 5, found it at its end");
  CHECK(diverged("completion d\nthread t { wait-for d }\nthread u { complete d }", "t@2") ==
        "step 1: expected t at line 2: wait-for d to be possible, found it not; it cannot do that because d is for u "
        "to do");
  CHECK(diverged("rwsem s\nthread r { read s; unlock s }\nthread w { write s; unlock s }\nthread q { read s }",
                 "r@2 w@3 q@4") ==
        "step 3: expected q at line 4: read s to be possible, found it not; it cannot do that because s is awaited "
        "before it by w");
}

TEST_CASE("the steps before the one that does not fit are kept", "[workloads][schedule_replay]") {
  const ScriptReplay replay = ReplayOf(kAbba, "t1@2 t2@5 t1@3");
  CHECK(replay.schedule.size() == 2);
  CHECK(replay.steps.size() == 2);
  CHECK(replay.findings.empty());
}

TEST_CASE("a try that failed, a wait that ended and a wake-up are told apart", "[workloads][schedule_replay]") {
  const std::string tries = "mutex a\nthread t1 { lock a\nunlock a }\nthread t2 { trylock a\nunlock a }";
  CHECK(ReplayOf(tries, "t1@2 t2@4~,5 t1@3").ended);
  CHECK(ReplayOf(tries, "t2@4,5 t1@2,3").ended);
  CHECK_FALSE(ReplayOf(tries, "t1@2 t2@4").diverged.empty());
  const std::string waits = "mutex m\ncondition c\nthread w x 2 { lock m\nwait c m\nunlock m }\nthread s { signal c }";
  CHECK(ReplayOf(waits, "w#1@3,4 w#2@3,4 s@6>w#2 w#2@4,5").diverged.empty());
  CHECK(ReplayOf(waits, "w#1@3,4 w#2@3,4 s@6>w#1 w#1@4,5").diverged.empty());
  CHECK_FALSE(ReplayOf(waits, "w#1@3,4 w#2@3,4 s@6").diverged.empty());
  CHECK_FALSE(ReplayOf(waits, "w#1@3,4 w#2@3,4 s@6>s").diverged.empty());
  CHECK(ReplayOf(waits, "w#1@3,4,4!,4,5 s@6").diverged.empty());
}

TEST_CASE("a broken assert and a race are seen again", "[workloads][schedule_replay]") {
  const ScriptReplay broken = ReplayOf("mutex a\nthread t { lock a; unlock a; assert held a }", "t@2,2,2");
  REQUIRE(broken.findings.size() == 1);
  CHECK(broken.findings[0].kind == FindingKind::kInvariant);
  const std::string value = "var x, y = 1\nthread t1 { x = 1 }\nthread t2 { assert x == y - 1 }";
  CHECK(ReplayOf(value, "t2@3 t1@2").findings.empty());
  REQUIRE(ReplayOf(value, "t1@2 t2@3").findings.size() == 1);
  CHECK(ReplayOf(value, "t1@2 t2@3").findings[0].kind == FindingKind::kInvariant);
  const std::string races = "plain x\nthread t1 { x = 1 }\nthread t2 { x = 2 }";
  const ScriptReplay race = ReplayOf(races, "t2@3 t1@2");
  REQUIRE(race.findings.size() == 1);
  CHECK(race.findings[0].kind == FindingKind::kDataRace);
}

// Whatever a search reaches, its schedule reaches again: text, replay and search agree.
TEST_CASE("what is found is replayed from its text", "[workloads][schedule_replay]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomPrograms programs(seed, {});
  std::size_t hangs = 0;
  for (std::uint64_t n = reference::TestPrograms(200); n > 0; --n) {
    const std::string text = reference::ToScript(programs.Next());
    INFO(text);
    const Program program = ProgramOf(text);
    SearchOptions options;
    options.explore.states_max = 20'000;
    for (const Reached& reached : ExploreProgram(program, options).reached) {
      ++hangs;
      INFO(reached.finding.schedule);
      const ScheduleTextResult read = ParseSchedule(reached.finding.schedule);
      REQUIRE(read.errors.empty());
      const ScriptReplay replay = ReplayOn(program, read.schedule);
      CHECK(replay.diverged.empty());
      bool again = false;
      for (const Finding& finding : replay.findings) again = again || Summary(finding) == Summary(reached.finding);
      CHECK(again);
    }
  }
  CHECK(hangs > 0);
}

}  // namespace
}  // namespace lockdep::workloads
