#include "lockdep/schedule_search.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/philosophers.h"
#include "tests/reference/lock_program_text.h"

namespace lockdep {
namespace {

using reference::LockProgramFrom;

// Whom a hang leaves stuck and where: "t1@2 t2@1"; a witness that does not lead there says so.
std::string Describe(const LockProgram& program, const ProgramHang& hang) {
  const ReplayResult replay = Replay(program, hang.schedule);
  if (replay.diverged) return "diverged at " + std::to_string(replay.step) + ": " + replay.why;
  std::string text;
  for (std::size_t i = 0; i < hang.stuck.size(); ++i) {
    const RunnerState& runner = replay.runners.at(static_cast<std::size_t>(hang.stuck[i]));
    const LockProgram::Thread& thread = program.threads[static_cast<std::size_t>(runner.name.thread)];
    if (!text.empty()) text += " ";
    text += thread.name;
    if (runner.name.copy > 0) text += "." + std::to_string(runner.name.copy);
    text += "@" + std::to_string(runner.op);
    if (hang.moves[i]) text += " moves";
  }
  return text + (hang.spinning ? ", spinning" : "");
}

std::vector<std::string> Hangs(const LockProgram& program, const SearchResult& result) {
  std::vector<std::string> hangs;
  for (const ProgramHang& hang : result.hangs) hangs.push_back(Describe(program, hang));
  std::sort(hangs.begin(), hangs.end());
  return hangs;
}

// The hangs of a program of which all schedules can be searched.
std::vector<std::string> HangsOf(const char* text) {
  const LockProgram program = LockProgramFrom(text);
  const SearchResult result = SearchSchedules(program);
  CHECK(result.statistics.gave_up.empty());
  CHECK(result.statistics.exhausted);
  return Hangs(program, result);
}

using Texts = std::vector<std::string>;

TEST_CASE("ABBA hangs in one way", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; lock b; unlock b; unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b") == Texts{"t1@1 t2@1"});
}

TEST_CASE("one order of locks, or a gate around both, does not hang", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t x3: lock a; lock b; unlock b; unlock a")
            .empty());
  CHECK(HangsOf("mutex a b g\n"
                "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
                "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g")
            .empty());
}

TEST_CASE("two threads that wait for each other hang although a third one ends", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b c\n"
                "thread t1: lock a; lock b; unlock b; unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b\n"
                "thread t3: lock c; unlock c") == Texts{"t1@1 t2@1"});
}

TEST_CASE("two threads that wait for each other hang although a third one goes on for ever", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b c\n"
                "thread t1: lock a; lock b; unlock b; unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b\n"
                "thread t3: again: lock c; unlock c; jump again") == Texts{"t1@1 t2@1"});
}

TEST_CASE("a thread that holds a mutex waits for itself", "[lockdep][search]") {
  CHECK(HangsOf("mutex a\nthread t: lock a; lock a") == Texts{"t@1"});
  CHECK(HangsOf("recursive a\nthread t x2: lock a; lock a; unlock a; unlock a").empty());
  CHECK(HangsOf("rwsem a\nthread t: read a; lock a") == Texts{"t@1"});
}

TEST_CASE("a mutex held at the end of a thread is held for ever", "[lockdep][search]") {
  CHECK(HangsOf("mutex a\nthread t1: lock a\nthread t2: lock a; unlock a") == Texts{"t2@0"});
  CHECK(HangsOf("mutex a\nthread t1: lock a\nthread t2: lock a") == Texts{"t1@0", "t2@0"});
}

TEST_CASE("a reader waits behind a waiting writer", "[lockdep][search]") {
  const auto with = [](const std::string& type, const std::string& read) {
    return HangsOf((type + " s; mutex m\n" + "thread t1: " + read +
                    " s; lock m; unlock m; unlock s\n"
                    "thread t2: lock m; " +
                    read +
                    " s; unlock s; unlock m\n"
                    "thread w: lock s; unlock s")
                       .c_str());
  };
  CHECK(with("rwsem", "read") == Texts{"t1@1 t2@1 w@0"});
  CHECK(with("percpu", "read") == Texts{"t1@1 t2@1 w@0"});
  CHECK(with("rwlock", "read") == Texts{"t1@1 t2@1 w@0"});
  CHECK(with("rwlock", "read-recursive").empty());
  CHECK(with("rwsem", "read-recursive").empty());
  CHECK(with("pseudo", "read").empty());
}

TEST_CASE("sync waits for the sections that exist, its own included", "[lockdep][search]") {
  CHECK(HangsOf("rcu r\nthread t1: read-recursive r; unlock r\nthread t2: sync r").empty());
  CHECK(HangsOf("rcu r\nthread t: read-recursive r; sync r") == Texts{"t@1"});
  CHECK(HangsOf("srcu r; mutex m\n"
                "thread t1: read-recursive r; lock m; unlock m; unlock r\n"
                "thread t2: lock m; sync r; unlock m") == Texts{"t1@1 t2@1"});
}

TEST_CASE("a section that begins after the sync does not hold it up", "[lockdep][search]") {
  CHECK(HangsOf("rcu r; var x\n"
                "thread t1: x = 1; sync r; x = 2\n"
                "thread t2: await x >= 1; read-recursive r; unlock r; read-recursive r; await x == 2; unlock r") ==
        Texts{"t1@1 t2@4"});
}

TEST_CASE("a trylock does not wait, whatever it finds", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; try b -> no; unlock b; no: unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b")
            .empty());
}

TEST_CASE("an unlock of what a plain trylock did not get is left out", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; try b; unlock b; unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b")
            .empty());
  // The reader keeps its first hold for ever.
  CHECK(HangsOf("rwsem a\n"
                "thread t1: read a; try a; unlock a\n"
                "thread t2: lock a; unlock a") == Texts{"t2@0"});
  // What it got after that is unlocked before.
  CHECK(HangsOf("rwsem a\n"
                "thread t1: read a; try a; read-recursive a; unlock a; unlock a\n"
                "thread t2: lock a; unlock a")
            .empty());
}

TEST_CASE("a timed wait ends a circle of waiting threads", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; timed b -> no; unlock b; no: unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b")
            .empty());
}

TEST_CASE("a lost signal leaves its sleeper asleep", "[lockdep][search]") {
  CHECK(HangsOf("mutex m; condition c\n"
                "thread t1: lock m; wait c m; unlock m\n"
                "thread t2: lock m; signal c; unlock m") == Texts{"t1@1"});
  CHECK(HangsOf("mutex m; condition c; var x\n"
                "thread t1: lock m; again: unless x == 0 -> go; wait c m; jump again; go: unlock m\n"
                "thread t2: lock m; x = 1; signal c; unlock m")
            .empty());
}

TEST_CASE("a signal wakes any one sleeper, a broadcast all", "[lockdep][search]") {
  const auto with = [](const std::string& wake) {
    return HangsOf(("mutex m; condition c; var n; var x\n"
                    "thread t x2: lock m; n = n + 1; again: unless x == 0 -> go; wait c m; jump again; go: unlock m\n"
                    "thread w: await n == 2; lock m; x = 1; " +
                    wake + " c; unlock m")
                       .c_str());
  };
  CHECK(with("signal") == Texts{"t.1@3", "t@3"});
  CHECK(with("broadcast").empty());
}

TEST_CASE("a completion lets through as many as it was completed", "[lockdep][search]") {
  CHECK(HangsOf("completion d\nthread t x2: wait-for d\nthread c: complete d") == Texts{"t.1@0", "t@0"});
  CHECK(HangsOf("completion d\nthread t x2: wait-for d\nthread c: complete-all d").empty());
}

TEST_CASE("a join waits until all that were started have ended", "[lockdep][search]") {
  CHECK(HangsOf("mutex a\nthread t spawned: lock a; unlock a\nthread m: spawn t; spawn t; join t").empty());
  CHECK(HangsOf("mutex a\nthread t spawned: lock a; unlock a\nthread m: spawn t; lock a; join t; unlock a") ==
        Texts{"m@2 t@0"});
  CHECK(HangsOf("thread t spawned: yield\nthread m: join t") == Texts{"m@0"});
}

TEST_CASE("threads without end give up", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom("thread t spawned: spawn t\nthread m: spawn t");
  const SearchResult result = SearchSchedules(program);
  CHECK_FALSE(result.statistics.exhausted);
  CHECK(result.statistics.gave_up == "there may be more than 64 threads");
}

TEST_CASE("counted loops count", "[lockdep][search]") {
  CHECK(HangsOf("completion d\n"
                "thread t1: repeat 3 0 -> out; again: complete d; next 0 -> again; out: yield\n"
                "thread t2: wait-for d; wait-for d; wait-for d")
            .empty());
  CHECK(HangsOf("completion d\n"
                "thread t1: repeat 2 0 -> out; again: complete d; next 0 -> again; out: yield\n"
                "thread t2: wait-for d; wait-for d; wait-for d") == Texts{"t2@2"});
  CHECK(HangsOf("completion d\n"
                "thread t1: repeat 0 0 -> out; again: complete d; next 0 -> again; out: yield\n"
                "thread t2: wait-for d") == Texts{"t2@0"});
}

// --- Loops ----------------------------------------------------------------------------------------

TEST_CASE("a thread that tries for ever what another one waits to give up hangs", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; spin: try b -> spin; unlock b; unlock a\n"
                "thread t2: lock b; lock a; unlock a; unlock b") == Texts{"t1@1 moves t2@1, spinning"});
  CHECK(HangsOf("mutex a b\n"
                "thread t1: lock a; spin: try b -> spin; unlock b; unlock a\n"
                "thread t2: lock b; spin: try a -> spin; unlock a; unlock b") ==
        Texts{"t1@1 moves t2@1 moves, spinning"});
}

TEST_CASE("a thread that backs off and begins again does not hang", "[lockdep][search]") {
  const char* backs_off =
      "thread t1: again: lock a; try b -> off; unlock b; unlock a; jump end; off: unlock a; "
      "jump again; end: yield\n";
  CHECK(HangsOf((std::string("mutex a b\n") + backs_off + "thread t2: lock b; lock a; unlock a; unlock b").c_str())
            .empty());
}

TEST_CASE("a loop that does nothing is stuck", "[lockdep][search]") {
  CHECK(HangsOf("thread t: again: jump again") == Texts{"t@0 moves, spinning"});
  CHECK(HangsOf("thread t: again: yield; jump again") == Texts{"t@1 moves, spinning"});
}

TEST_CASE("a thread that serves for ever does not hang unless it waits for ever", "[lockdep][search]") {
  CHECK(HangsOf("mutex a\nthread s: again: lock a; unlock a; jump again").empty());
  CHECK(HangsOf("mutex a\nthread s x2: again: lock a; unlock a; jump again\nthread t: lock a; unlock a").empty());
  CHECK(HangsOf("mutex a\nthread s: again: lock a; unlock a; jump again\nthread t: lock a") == Texts{"s@0"});
  CHECK(HangsOf("mutex a b\n"
                "thread s1: again: lock a; lock b; unlock b; unlock a; jump again\n"
                "thread s2: again: lock b; lock a; unlock a; unlock b; jump again") == Texts{"s1@1 s2@1"});
}

TEST_CASE("a thread that serves but never comes back to the head of its loop is stuck", "[lockdep][search]") {
  CHECK(HangsOf("mutex a b\n"
                "thread s: again: lock a; spin: try b -> spin; unlock b; unlock a; jump again\n"
                "thread t: lock b; lock a; unlock a; unlock b") == Texts{"s@1 moves t@1, spinning"});
}

// --- Livelocks and trylocks -----------------------------------------------------------------------

// What a pair of threads that take two locks in opposite orders comes to, by what each does about it.
struct Pair {
  const char* what;
  const char* first;
  const char* second;
  bool hangs;
  bool livelock;
};

constexpr const char* kBlocking1 = "lock a; lock b; unlock b; unlock a\n";
constexpr const char* kBlocking2 = "lock b; lock a; unlock a; unlock b\n";
constexpr const char* kBackOff1 =
    "again: lock a; try b -> off; unlock b; unlock a; jump end; off: unlock a; jump again; end: yield\n";
constexpr const char* kBackOff2 =
    "again: lock b; try a -> off; unlock a; unlock b; jump end; off: unlock b; jump again; end: yield\n";
constexpr const char* kSpin1 = "lock a; spin: try b -> spin; unlock b; unlock a\n";
constexpr const char* kSpin2 = "lock b; spin: try a -> spin; unlock a; unlock b\n";

const Pair kPairs[] = {
    {"both wait", kBlocking1, kBlocking2, true, false},
    {"one backs off, one waits", kBackOff1, kBlocking2, false, false},
    {"both back off", kBackOff1, kBackOff2, false, true},
    {"one spins while it holds the other lock, one waits", kSpin1, kBlocking2, true, false},
    {"both spin while they hold the other lock", kSpin1, kSpin2, true, false},
    {"one spins, one backs off", kSpin1, kBackOff2, false, true},
};

TEST_CASE("two locks in opposite orders hang unless one backs off, and if nobody waits, they may go round for ever",
          "[lockdep][search]") {
  for (const Pair& pair : kPairs) {
    CAPTURE(pair.what);
    const LockProgram program =
        LockProgramFrom(std::string("mutex a b\nthread t1: ") + pair.first + "thread t2: " + pair.second);
    const SearchResult result = SearchSchedules(program);
    CHECK(result.statistics.exhausted);
    CHECK(result.hangs.empty() != pair.hangs);
    CHECK(result.statistics.hang_states == (pair.hangs ? 1 : 0));
    CHECK(result.livelocks.empty() != pair.livelock);
  }
}

TEST_CASE("six threads that back off do not hang but may go round for ever", "[lockdep][search]") {
  const LockProgram program =
      LockProgramFrom(std::string("mutex a b\nthread t1 x3: ") + kBackOff1 + "thread t2 x3: " + kBackOff2);
  const SearchResult result = SearchSchedules(program);
  CHECK(result.statistics.exhausted);
  CHECK(result.hangs.empty());
  REQUIRE(result.livelocks.size() == 1);
  ProgramSchedule schedule = result.livelocks[0].prefix;
  const ReplayResult before = Replay(program, schedule);
  schedule.insert(schedule.end(), result.livelocks[0].loop.begin(), result.livelocks[0].loop.end());
  const ReplayResult after = Replay(program, schedule);
  REQUIRE_FALSE(after.diverged);
  for (std::size_t i = 0; i < after.runners.size(); ++i) CHECK(before.runners[i].op == after.runners[i].op);
}

TEST_CASE("a thread that polls is no livelock while the other one could go on", "[lockdep][search]") {
  const auto livelocks = [](const char* text) { return SearchSchedules(LockProgramFrom(text)).livelocks.size(); };
  CHECK(livelocks("var x\nthread t1: again: unless x == 0 -> out; jump again; out: yield\nthread t2: x = 1") == 0);
  // A free choice may be made the other way: nothing in the program keeps them in their loops.
  CHECK(livelocks("mutex a\nthread t x2: again: choose out; lock a; unlock a; jump again; out: yield") == 0);
  // That is what they are for.
  CHECK(livelocks("mutex a\nthread t x2: again: lock a; unlock a; jump again") == 0);
}

// --- Philosophers ---------------------------------------------------------------------------------

TEST_CASE("philosophers hang at a round table only", "[lockdep][search]") {
  for (const bool reduce : {false, true}) {
    SearchOptions options;
    options.reduce = reduce;
    for (int count = 3; count <= 7; ++count) {
      CAPTURE(reduce, count);
      const SearchResult cyclic = SearchSchedules(Philosophers(Table::kCyclic, count, 1), options);
      REQUIRE(cyclic.hangs.size() == 1);
      CHECK(cyclic.statistics.hang_states == 1);
      CHECK(static_cast<int>(cyclic.hangs[0].stuck.size()) == count);
      CHECK(cyclic.hangs[0].minimal);
      for (const Table table : {Table::kOrdered, Table::kGated}) {
        const SearchResult result = SearchSchedules(Philosophers(table, count, 1), options);
        CHECK(result.statistics.exhausted);
        CHECK(result.hangs.empty());
      }
    }
  }
}

// The numbers of states are those of another program that searched the same model.
TEST_CASE("seven philosophers have as many states as they should", "[lockdep][search]") {
  struct Expected {
    Table table;
    int count;
    int rounds;
    std::uint64_t states;
    std::uint64_t hangs;
  };
  const Expected all[] = {{Table::kOrdered, 3, 1, 72, 0},        {Table::kOrdered, 3, 2, 357, 0},
                          {Table::kCyclic, 5, 1, 1743, 1},       {Table::kOrdered, 7, 1, 28'192, 0},
                          {Table::kGated, 7, 1, 2368, 0},        {Table::kOrdered, 7, 2, 1'300'173, 0},
                          {Table::kCyclic, 7, 2, 1'712'765, 128}};
  for (const Expected& expected : all) {
    CAPTURE(expected.count, expected.rounds);
    const LockProgram program = Philosophers(expected.table, expected.count, expected.rounds);
    SearchOptions options;
    options.witnesses = false;
    const SearchResult reduced = SearchSchedules(program, options);
    CHECK(reduced.statistics.reduced);
    CHECK(reduced.statistics.hang_states == expected.hangs);
    CHECK(reduced.statistics.states <= expected.states);
    if (expected.rounds > 1 && expected.count > 3) {
      CHECK(20 * reduced.statistics.states < expected.states);
      continue;  // takes a second
    }
    options.reduce = false;
    const SearchResult full = SearchSchedules(program, options);
    CHECK_FALSE(full.statistics.reduced);
    CHECK(full.statistics.states == expected.states);
    CHECK(full.statistics.hang_states == expected.hangs);
  }
}

// --- Limits ---------------------------------------------------------------------------------------

TEST_CASE("a search that reaches a limit says so and has not shown anything", "[lockdep][search]") {
  const LockProgram program = Philosophers(Table::kOrdered, 7, 2);
  SearchOptions options;
  options.reduce = false;
  options.explore.states_max = 1000;
  const SearchResult states = SearchSchedules(program, options);
  CHECK_FALSE(states.statistics.exhausted);
  CHECK(states.statistics.gave_up == "the limit of 1000 states was reached");
  options.explore.states_max = 100'000'000;
  options.explore.time_max = std::chrono::milliseconds(1);
  const SearchResult time = SearchSchedules(program, options);
  CHECK_FALSE(time.statistics.exhausted);
  CHECK(time.statistics.gave_up == "the time of 1 ms was over");
}

TEST_CASE("a search stops at the hang that was looked for", "[lockdep][search]") {
  const LockProgram program = Philosophers(Table::kCyclic, 5, 1);
  SearchOptions options;
  std::size_t stuck = 0;
  options.stop = [&](const ProgramHang& hang) {
    stuck = hang.stuck.size();
    CHECK_FALSE(Replay(program, hang.schedule).diverged);
    return true;
  };
  const SearchResult result = SearchSchedules(program, options);
  CHECK(stuck == 5);
  CHECK_FALSE(result.statistics.exhausted);
}

TEST_CASE("only so many hangs are kept, the rest is counted", "[lockdep][search]") {
  const LockProgram program = Philosophers(Table::kCyclic, 5, 2);
  SearchOptions options;
  options.hangs_max = 3;
  const SearchResult result = SearchSchedules(program, options);
  CHECK(result.statistics.exhausted);
  CHECK(result.hangs.size() == 3);
  CHECK(result.statistics.hang_states == 32);
}

TEST_CASE("what does not fit into a packed state is given up, never answered wrongly", "[lockdep][search]") {
  const auto gave_up = [](const char* text) {
    SearchOptions options;
    options.explore.states_max = 10'000'000;
    const SearchResult result = SearchSchedules(LockProgramFrom(text), options);
    CHECK_FALSE(result.statistics.exhausted);
    // What else was not looked for stands behind it.
    return result.statistics.gave_up.substr(0, result.statistics.gave_up.find(';'));
  };
  CHECK(gave_up("thread t x65: yield") == "there are more than 64 threads");
  CHECK(gave_up("var x\nthread t: again: x = x + 1; jump again") == "a variable has too many values");
  CHECK(gave_up("completion d\nthread t: again: complete d; jump again") ==
        "a completion was completed too many times");
  CHECK(gave_up("rwsem s\nthread t: again: read s; jump again") == "a thread holds a lock too many times at once");
  CHECK(gave_up("mutex m\nthread t: lock m; again: try m; jump again") ==
        "a thread failed too often to take a lock that it holds");
}

TEST_CASE("sixty-four threads can be searched", "[lockdep][search]") {
  const SearchResult result = SearchSchedules(LockProgramFrom("mutex a b\nthread t x64: lock a; lock b"));
  CHECK(result.statistics.exhausted);
  CHECK(result.hangs.size() == 64);
}

TEST_CASE("variables count as 64-bit numbers that wrap around", "[lockdep][search]") {
  CHECK(HangsOf("var x = 9223372036854775807\nthread t: x = x + 1; await x < 0; x = x - 1; await x > 0").empty());
}

TEST_CASE("a search tells how far it is", "[lockdep][search]") {
  SearchOptions options;
  options.reduce = false;
  options.witnesses = false;
  int calls = 0;
  std::uint64_t states = 0;
  options.explore.on_progress = [&](const ExploreProgress& progress) {
    ++calls;
    CHECK(progress.states >= states);
    CHECK(progress.frontier <= progress.states);
    states = progress.states;
  };
  const SearchResult result = SearchSchedules(Philosophers(Table::kOrdered, 7, 2), options);
  // A machine that does this in a quarter of a second need not tell.
  if (result.statistics.time > std::chrono::seconds(1)) CHECK(calls > 0);
}

// --- Failures and races ---------------------------------------------------------------------------

TEST_CASE("an assertion fails where some schedule breaks it", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(
      "mutex a; var x\n"
      "thread t1: unless x == 1 -> held; not-held a; jump end; "
      "held: held a; end: yield\n"
      "thread t2: x = 1");
  const SearchResult result = SearchSchedules(program);
  REQUIRE(result.failures.size() == 1);
  const ProgramSchedule& schedule = result.failures[0].schedule;
  CHECK(schedule.back().op == 3);
  CHECK_FALSE(Replay(program, schedule).diverged);
}

TEST_CASE("unordered accesses of a plain variable race", "[lockdep][search]") {
  const auto races = [](const char* text) {
    const LockProgram program = LockProgramFrom(text);
    const SearchResult result = SearchSchedules(program);
    for (const ProgramFailure& race : result.races) CHECK_FALSE(Replay(program, race.schedule).diverged);
    return result.races.size();
  };
  CHECK(races("plain x\nthread t x2: x = 1") == 1);
  CHECK(races("plain x; var y\nthread t x2: y = x") == 0);
  CHECK(races("plain x; var y\nthread t1: x = 1\nthread t2: y = x") == 1);
  CHECK(races("var x\nthread t x2: x = 1") == 0);
  CHECK(races("plain x; mutex m\nthread t x2: lock m; x = x + 1; unlock m") == 0);
  CHECK(races("plain x; var f\nthread t1: x = 1; f = 1\nthread t2: await f == 1; x = 2") == 0);
}

// --- Replay -----------------------------------------------------------------------------------------

TEST_CASE("a replay says who holds what and waits for whom", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom(
      "mutex a b\n"
      "thread t1: lock a; lock b\n"
      "thread t2: lock b; lock a");
  const ReplayResult replay = Replay(program, {{{0, 0}, 0}, {{1, 0}, 0}});
  REQUIRE_FALSE(replay.diverged);
  REQUIRE(replay.runners.size() == 2);
  CHECK(replay.runners[0].waits);
  CHECK(replay.runners[0].waits_for == std::vector<int>{1});
  REQUIRE(replay.runners[0].holds.size() == 1);
  CHECK(replay.runners[0].holds[0].lock == 0);
  CHECK(replay.runners[1].waits_for == std::vector<int>{0});
  CHECK(replay.runners[1].last_step == 1);
}

TEST_CASE("a schedule that a program cannot follow is said to diverge", "[lockdep][search]") {
  const LockProgram program = LockProgramFrom("mutex a\nthread t1: lock a\nthread t2: lock a");
  const ReplayResult replay = Replay(program, {{{0, 0}, 0}, {{1, 0}, 0}});
  CHECK(replay.diverged);
  CHECK(replay.step == 1);
  CHECK(replay.why == "t2 cannot do operation 0 like this now");
}

}  // namespace
}  // namespace lockdep
