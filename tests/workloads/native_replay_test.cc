// Hangs that a search found, on real threads and the real wrappers.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lockdep/own_mutex.h"
#include "tests/catch.h"
#include "tests/workloads/script.h"
#include "workloads/native_run.h"
#include "workloads/schedule_gate.h"
#include "workloads/schedule_replay.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

std::string Name(const Finding& finding) {
  const std::string summary = Summary(finding);
  return summary.substr(0, summary.find(','));
}

// What comes of each hang of the script: "hang a -> b: confirmed".
std::vector<std::string> Confirm(const std::string& text) {
  const Program program = ProgramOf(text);
  std::vector<std::string> results;
  for (const Reached& reached : ExploreProgram(program).reached) {
    const ScheduleTextResult read = ParseSchedule(reached.finding.schedule);
    const NativeReplay native = ReplayNatively(program, ReplayOn(program, read.schedule).schedule, reached.finding);
    results.push_back(Name(reached.finding) + ": " + (native.confirmed ? "confirmed" : native.why_not));
  }
  return results;
}

using Strings = std::vector<std::string>;

TEST_CASE("threads that wait for each other's locks do so for real", "[workloads][native]") {
  CHECK(Confirm("mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; "
                "unlock b }") == Strings{"hang a -> b: confirmed"});
  CHECK(Confirm("mutex a; spinlock b; recursive c\nthread t1 { lock a; lock b; unlock b; unlock a }\n"
                "thread t2 { lock b; lock c; lock c; unlock c; unlock c; unlock b }\n"
                "thread t3 { lock c; lock a; unlock a; unlock c }") == Strings{"hang a -> b -> c: confirmed"});
}

TEST_CASE("threads beside the hang stay out of its way", "[workloads][native]") {
  // Free to run, t3 would take b before t2 does.
  CHECK(
      Confirm(
          "mutex a, b\nthread t3 { repeat 5 { lock b; unlock b } }\nthread t1 { lock a; lock b; unlock b; unlock a }\n"
          "thread t2 { lock b; lock a; unlock a; unlock b }") == Strings{"hang a -> b: confirmed"});
}

TEST_CASE("a reader behind a waiting writer is seen for real", "[workloads][native]") {
  for (const std::string type : {"rwsem", "percpu"}) {
    CHECK(Confirm(type +
                  " s\nmutex m\nthread r1 { read s; lock m; unlock m; unlock s }\nthread w { write s; unlock s }\n"
                  "thread r2 { lock m; read s; unlock s; unlock m }") == Strings{"hang m -> s: confirmed"});
  }
}

TEST_CASE("a write that is announced in the model only is still replayed", "[workloads][native]") {
  CHECK(Confirm("percpu p\nmutex m\nthread t1 { write p; lock m; unlock m; unlock p }\nthread t2 { lock m; write p; "
                "unlock p; unlock m }") == Strings{"hang m -> p: confirmed"});
}

TEST_CASE("tries fail and timed waits end where the schedule says so", "[workloads][native]") {
  CHECK(
      Confirm(
          "mutex a, b\nthread t1 { lock a; if trylock b { unlock b; unlock a } else { lock b; unlock b; unlock a } }\n"
          "thread t2 { lock b; lock a; unlock a; unlock b }") == Strings{"hang a -> b: confirmed"});
  CHECK(Confirm("mutex a, b\nthread t1 { lock a; if timedlock b { unlock b } else { lock b; unlock b }; unlock a }\n"
                "thread t2 { lock b; lock a; unlock a; unlock b }") == Strings{"hang a -> b: confirmed"});
}

TEST_CASE("events that nobody gives are missed for real", "[workloads][native]") {
  CHECK(Confirm("mutex a\ncompletion d\nthread t1 { lock a; wait-for d; unlock a }\nthread t2 { lock a; unlock a; "
                "complete d }") == Strings{"hang a -> d: confirmed"});
  CHECK(
      Confirm(
          "mutex m\ncondition c\nthread t1 { lock m; wait c m; unlock m }\nthread t2 { lock m; signal c; unlock m }") ==
      Strings{"hang c: confirmed"});
  CHECK(
      Confirm("mutex a\nvar x\nthread t1 { lock a; await x == 1; unlock a }\nthread t2 { lock a; x = 1; unlock a }") ==
      Strings{"hang a -> x: confirmed"});
  CHECK(Confirm("mutex a\nthread t { lock a; spawn w; join w; unlock a }\nthread w { lock a; unlock a }") ==
        Strings{"hang a -> end of w: confirmed"});
}

TEST_CASE("a woken sleeper takes its mutex when it is its turn", "[workloads][native]") {
  CHECK(Confirm(
            "mutex a, m\ncondition c\nvar x\nthread t1 { lock m; if x == 0 { wait c m }; lock a; unlock a; unlock m }\n"
            "thread t2 { lock m; x = 1; signal c; unlock m; lock a; lock m; unlock m; unlock a }") ==
        Strings{"hang a -> m: confirmed"});
}

TEST_CASE("a thread that waits for itself does so for real", "[workloads][native]") {
  CHECK(Confirm("mutex a\nthread t { lock a; lock a; unlock a; unlock a }") == Strings{"self-deadlock a: confirmed"});
}

TEST_CASE("what real threads cannot be made to do is said", "[workloads][native]") {
  CHECK(Confirm("raw a\nthread t { lock a; in hardirq { lock a; unlock a }; unlock a }") ==
        Strings{"hang a: interrupts are only simulated"});
  const Program program =
      ProgramOf("mutex m\ncondition c\nthread w x 2 { lock m\nwait c m\nunlock m }\nthread s { signal c }");
  const auto why_not = [&](const std::string& schedule) {
    const ScriptReplay replay = ReplayOn(program, ParseSchedule(schedule).schedule);
    CHECK(replay.diverged.empty());
    return ReplayNatively(program, replay.schedule, Finding()).why_not;
  };
  CHECK(why_not("w#1@3,4 w#2@3,4 s@6>w#2") == "which of several sleepers a signal wakes cannot be chosen");
  CHECK(why_not("w#1@3,4,4!") == "a wake-up without a signal cannot be made to happen");
}

TEST_CASE("a hang that does not come is not confirmed", "[workloads][native]") {
  const Program program = ProgramOf(
      "mutex a, b\nthread t1 { lock a\nlock b\nunlock b; unlock a }\nthread t2 { lock b\nlock a\nunlock a; unlock b }");
  const Finding hang = ExploreProgram(program).reached[0].finding;
  const auto why_not = [&](const std::string& schedule) {
    return ReplayNatively(program, ReplayOn(program, ParseSchedule(schedule).schedule).schedule, hang).why_not;
  };
  CHECK(why_not("t1@2 t2@5").empty());
  CHECK(why_not("t1@2,3,4,4 t2@5,6,7,7") == "all threads ended");
}

// --- The gate itself ------------------------------------------------------------------------------

TEST_CASE("the gate lets threads go in the order of the steps", "[workloads][native]") {
  using Key = ScheduleGate::ThreadKey;
  const Key first{0, 1};
  const Key second{1, 1};
  ScheduleGate gate({{second, 7}, {first, 3}, {second, 8}, {first, 4}}, {first, second});
  OwnMutex mutex;
  std::vector<int> done;
  const auto run = [&](Key key, const std::vector<int>& ops) {
    for (const int op : ops) {
      const ScheduleGate::Turn turn = gate.Enter(key, op, op == 0);
      OwnMutexLock guard(mutex);
      if (op != 0) done.push_back(op);
      if (turn == ScheduleGate::Turn::kStep) gate.Done();
    }
  };
  std::thread a(run, first, std::vector<int>{0, 3, 0, 4});
  std::thread b(run, second, std::vector<int>{7, 0, 8});
  a.join();
  b.join();
  CHECK(done == std::vector<int>{7, 3, 8, 4});
  CHECK(gate.finished());
  CHECK_FALSE(gate.Astray());
  // Behind the last step who is to be let go is free.
  CHECK(gate.Enter(first, 9, false) == ScheduleGate::Turn::kFree);
}

TEST_CASE("the gate notices who leaves the schedule", "[workloads][native]") {
  // The thread never comes back, so what it uses lives on.
  auto* const gate = new ScheduleGate({{{0, 1}, 3}}, {});
  std::thread([gate] { gate->Enter({0, 1}, 4, false); }).detach();
  while (!gate->Astray()) std::this_thread::yield();
  CHECK(gate->Astray()->op == 4);
}

}  // namespace
}  // namespace lockdep::workloads
