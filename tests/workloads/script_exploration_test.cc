#include "workloads/script_exploration.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/workloads/script.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

Exploration Explore(const std::string& text) {
  Exploration exploration = ExploreProgram(ProgramOf(text));
  CHECK(exploration.statistics.exhausted);
  return exploration;
}

Strings Reached(const std::string& text) {
  Strings summaries;
  for (const auto& reached : Explore(text).reached) summaries.push_back(Summary(reached.finding));
  return summaries;
}

constexpr const char* kAbba =
    "mutex a, b\nthread t1 { lock a\nlock b\nunlock b; unlock a }\nthread t2 { lock b\nlock a\nunlock a; unlock b }\n";

TEST_CASE("a hang is found with its links, its steps and its schedule", "[workloads][exploration]") {
  const Exploration exploration = Explore(kAbba);
  REQUIRE(exploration.reached.size() == 1);
  const Finding& hang = exploration.reached[0].finding;
  CHECK(Summary(hang) == "hang a -> b, verdict real");
  CHECK(hang.strength == Strength::kExecuted);
  CHECK(hang.detail == "in the model, t1 waits for b (x:3), held by t2 (x:5); t2 waits for a (x:6), held by t1 (x:2)");
  REQUIRE(hang.edges.size() == 2);
  CHECK(hang.edges[0].held_at.line + hang.edges[1].held_at.line == 7);
  CHECK((hang.schedule == "t1@2 t2@5" || hang.schedule == "t2@5 t1@2"));
  const std::vector<ScheduleStep>& steps = exploration.reached[0].steps;
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].text.starts_with("lock "));
  CHECK_FALSE(steps[1].waits);
  CHECK(steps[2].waits);
  CHECK(steps[3].waits);
  CHECK(steps[3].at.file == "x");
}

TEST_CASE("what cannot hang is exhausted and reaches nothing", "[workloads][exploration]") {
  CHECK(Reached("mutex a, b\nthread t1 x 2 { lock a; lock b; unlock b; unlock a }") == Strings{});
  CHECK(Reached("mutex g, a, b\nthread t1 { lock g; lock a; lock b; unlock b; unlock a; unlock g }\n"
                "thread t2 { lock g; lock b; lock a; unlock a; unlock b; unlock g }") == Strings{});
}

TEST_CASE("threads that have no part in a hang are left out of its schedule", "[workloads][exploration]") {
  const Exploration exploration = Explore(
      std::string(kAbba) + "mutex c\nthread t3 { lock c; unlock c; lock c; unlock c }\nthread t0 { lock b; unlock b }");
  REQUIRE(exploration.reached.size() == 1);
  const std::string& schedule = exploration.reached[0].finding.schedule;
  CHECK((schedule == "t1@2 t2@5" || schedule == "t2@5 t1@2"));
}

TEST_CASE("a thread that wants what it took itself is a self-deadlock, in another context a hang",
          "[workloads][exploration]") {
  CHECK(Reached("mutex a\nthread t { lock a; lock a }") == Strings{"self-deadlock a, verdict real"});
  CHECK(Reached("spinlock a\nthread t { lock a; in hardirq { lock a; unlock a }; unlock a }") ==
        Strings{"hang a, verdict real"});
  CHECK(Reached("mutex a no-validate\nthread t { lock a; lock a }") == Strings{"hang a, verdict real"});
  // A writer that comes between makes a reader wait for itself.
  CHECK(Reached("rwsem s\nthread r { read s; read s; unlock s; unlock s }\nthread w { write s; unlock s }") ==
        Strings{"hang s, verdict real"});
  CHECK(Reached("rwsem s\nthread r { read s; read s recursive; unlock s; unlock s }\nthread w { write s; unlock s }") ==
        Strings{});
}

TEST_CASE("hangs on events name who could give them", "[workloads][exploration]") {
  const Exploration exploration = Explore(
      "mutex a\ncompletion d\nthread t1 { lock a; wait-for d; unlock a }\nthread t2 { lock a; unlock a; complete d }");
  REQUIRE(exploration.reached.size() == 1);
  CHECK(exploration.reached[0].finding.detail ==
        "in the model, t1 waits for d (x:3), which is for t2 to do; t2 waits for a (x:4), held by t1 (x:3)");
  CHECK(Reached("mutex m\ncondition c\nthread t1 { lock m; wait c m; unlock m }\nthread t2 { signal c }") ==
        Strings{"hang c, verdict real"});
  CHECK(Reached("var x\nthread t { await x == 1 }") == Strings{"hang x, verdict real"});
  CHECK(Reached("mutex a\nthread t { lock a; spawn w; join w }\nthread w { lock a }") ==
        Strings{"hang a -> end of w, verdict real"});
}

TEST_CASE("a lost signal needs a schedule in which it comes first", "[workloads][exploration]") {
  const Exploration exploration = Explore(
      "mutex m\ncondition c\nthread t1 { lock m\nwait c m\nunlock m }\nthread t2 { lock m\nsignal c\nunlock m }");
  REQUIRE(exploration.reached.size() == 1);
  CHECK(exploration.reached[0].finding.schedule == "t2@6,7,8 t1@3,4");
  CHECK(exploration.reached[0].steps[1].text == "signal c wakes nobody");
  CHECK(exploration.reached[0].steps.back().waits);
}

TEST_CASE("a thread that spins on a try while it holds a lock hangs", "[workloads][exploration]") {
  const std::string other = "thread t2 { lock b; lock a; unlock a; unlock b }";
  const Exploration exploration =
      Explore("mutex a, b\nthread t1 { lock a; loop { if trylock b { break } }; unlock b; unlock a }\n" + other);
  REQUIRE(exploration.reached.size() == 1);
  const Finding& hang = exploration.reached[0].finding;
  CHECK(Summary(hang) == "hang a -> b, verdict real");
  CHECK_THAT(hang.detail, ContainsSubstring("t1 tries again and again to get b (x:2), held by t2"));
  // Who drops the first lock before the next try does not.
  CHECK(Reached("mutex a, b\nthread t1 { lock a; if trylock b { unlock b; unlock a } else { unlock a; restart } }\n" +
                other) == Strings{});
}

TEST_CASE("an assert that some schedule breaks is an invariant", "[workloads][exploration]") {
  const Exploration exploration = Explore(
      "mutex a\nvar x\nthread t1 { lock a; x = 1; unlock a; x = 0 }\nthread t2 { if x == 1 { assert held a } }");
  REQUIRE(exploration.reached.size() == 1);
  const Finding& broken = exploration.reached[0].finding;
  CHECK(broken.kind == FindingKind::kInvariant);
  CHECK(broken.locks[0].name == "a");
  CHECK(broken.detail == "in the model, t2 breaks 'assert held a' (x:4)");
  CHECK(broken.schedule.starts_with("t1@3,3"));
  CHECK(exploration.reached[0].steps.back().text == "assert held a");
  CHECK(broken.witness.size() == exploration.reached[0].steps.size());
}

TEST_CASE("an assert about variables is broken where some schedule reads other values", "[workloads][exploration]") {
  const std::string twice = "mutex a\nvar x, y, done\n";
  const std::string add = "y = x; x = y + 1";
  const auto count = [&](const std::string& before, const std::string& after) {
    return twice + "thread t1 { " + before + "x = x + 1; done = done + 1" + after + " }\nthread t2 { " + before + add +
           "; done = done + 1" + after + " }\nthread t3 { await done == 2; assert x == done }";
  };
  CHECK(Reached(count("lock a; ", "; unlock a")) == Strings{});
  const Exploration exploration = Explore(count("", ""));
  REQUIRE(exploration.reached.size() == 1);
  const Finding& broken = exploration.reached[0].finding;
  CHECK(broken.kind == FindingKind::kInvariant);
  REQUIRE(broken.locks.size() == 2);
  CHECK(broken.locks[0].name == "x");
  CHECK(broken.locks[1].name == "done");
  CHECK(broken.detail == "in the model, t3 breaks 'assert x == done' (x:5)");
  // Its look at a plain variable is an access like others.
  CHECK(Reached("plain x\nthread t1 { x = 1 }\nthread t2 { assert x < 2 }") == Strings{"data-race x, verdict real"});
}

TEST_CASE("unordered accesses of a plain variable are a race, of another variable not", "[workloads][exploration]") {
  const auto script = [](const std::string& variable, const std::string& lock, const std::string& unlock) {
    return "mutex a\n" + variable + " x\nthread t1 { " + lock + "x = 1" + unlock + " }\nthread t2 { " + lock +
           "if x == 1 { }" + unlock + " }";
  };
  CHECK(Reached(script("plain", "", "")) == Strings{"data-race x, verdict real"});
  CHECK(Reached(script("var", "", "")) == Strings{});
  CHECK(Reached(script("plain", "lock a; ", "; unlock a")) == Strings{});
  const Finding race = Explore(script("plain", "", "")).reached[0].finding;
  CHECK(race.participants.size() == 2);
  CHECK_THAT(race.detail, ContainsSubstring("writes x (x:3)") && ContainsSubstring("reads x (x:4)") &&
                              ContainsSubstring("nothing orders them"));
}

TEST_CASE("locks are named by their class as it is when they hang", "[workloads][exploration]") {
  CHECK(Reached("class C, D\nmutex a, b : C\n"
                "thread t1 { lock a; lock b subclass 1; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; "
                "unlock b }") == Strings{"hang C (a) -> C (b), verdict real"});
  CHECK(Reached("class C, D\nmutex a, b : C\nthread t0 { reclass a D; spawn t1; spawn t2 }\n"
                "thread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; unlock b }") ==
        Strings{"hang C (b) -> D (a), verdict real"});
}

TEST_CASE("threads of one kind have numbers", "[workloads][exploration]") {
  const Exploration exploration =
      Explore("mutex a, b\nvar x\nthread t x 2 { if x == 0 { x = 1; lock a; lock b } else { lock b; lock a } }");
  bool found = false;
  for (const auto& reached : exploration.reached) {
    found = found || (reached.finding.schedule.find("t#1@") != std::string::npos &&
                      reached.finding.schedule.find("t#2@") != std::string::npos);
  }
  CHECK(found);
}

TEST_CASE("a limited search says that it gave up", "[workloads][exploration]") {
  SearchOptions options;
  options.explore.states_max = 3;
  const Exploration exploration = ExploreProgram(ProgramOf(kAbba), options);
  CHECK_FALSE(exploration.statistics.exhausted);
  CHECK_THAT(SearchedText(exploration.statistics), ContainsSubstring("not all: the limit of 3 states was reached"));
}

}  // namespace
}  // namespace lockdep::workloads
