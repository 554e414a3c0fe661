// Bounds, samples, limits, progress, replays, and bodies that cannot be explored.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::explore {
namespace {

using Strings = std::vector<std::string>;

void Abba() {
  Mutex a{"a"}, b{"b"};
  Thread t1([&] {
    MutexLock outer(a);
    MutexLock inner(b);
  });
  Thread t2([&] {
    MutexLock outer(b);
    MutexLock inner(a);
  });
  t1.join();
  t2.join();
}

void Ordered(int threads) {
  Mutex a{"a"}, b{"b"};
  std::vector<Thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      MutexLock outer(a);
      MutexLock inner(b);
    });
  }
  for (Thread& thread : all) thread.join();
}

TEST_CASE("a bound on preemptions finds ABBA with one, not with none, and proves nothing", "[explore][options]") {
  ExploreOptions options;
  options.preemptions = 0;
  const Exploration none = Explore(&Abba, options);
  CHECK(none.reached.empty());
  CHECK_FALSE(none.statistics.exhausted);
  CHECK(none.statistics.gave_up == "only schedules with at most 0 preemptions were followed");
  options.preemptions = 1;
  const Exploration one = Finds(&Abba, {"hang a -> b, verdict real"}, options);
  CHECK_FALSE(one.statistics.exhausted);
  options.preemptions = 100;
  CHECK_FALSE(Explore([] { Ordered(2); }, options).statistics.exhausted);
}

TEST_CASE("random schedules find ABBA, the same ones for the same seed", "[explore][options]") {
  ExploreOptions options;
  options.random_runs = 200;
  options.seed = 7;
  const Exploration first = Finds(&Abba, {"hang a -> b, verdict real"}, options);
  CHECK_FALSE(first.statistics.exhausted);
  CHECK(first.statistics.gave_up == "only 200 random schedules were run");
  const Exploration again = Explore(&Abba, options);
  CHECK(again.statistics.transitions == first.statistics.transitions);
  CHECK(again.reached[0].finding.schedule == first.reached[0].finding.schedule);
  const Exploration ordered = Explore([] { Ordered(3); }, options);
  CHECK(ordered.reached.empty());
  CHECK_FALSE(ordered.statistics.exhausted);
}

TEST_CASE("priorities with change points find a hang of depth two", "[explore][options]") {
  ExploreOptions options;
  options.random_runs = 400;
  options.pct_depth = 2;
  for (const std::uint64_t seed : {1, 2, 3}) {
    options.seed = seed;
    Finds(&Abba, {"hang a -> b, verdict real"}, options);
  }
}

TEST_CASE("limits of states and time end the search, and are named", "[explore][options]") {
  const Exploration states = Explore([] { Ordered(4); }, {.states_max = 20});
  CHECK_FALSE(states.statistics.exhausted);
  CHECK(states.statistics.gave_up == "the limit of 20 states was reached");
  CHECK(states.statistics.states <= 21);
  ExploreOptions options;
  options.time_max = std::chrono::milliseconds(50);
  const Exploration time = Explore(
      [] {
        Mutex mu{"mu"};
        std::vector<Thread> all;
        for (int i = 0; i < 8; ++i) {
          all.emplace_back([&] {
            for (int k = 0; k < 4; ++k) MutexLock lock(mu);
          });
        }
        for (Thread& thread : all) thread.join();
      },
      options);
  CHECK_FALSE(time.statistics.exhausted);
  CHECK(time.statistics.gave_up == "the limit of 50 ms was reached");
}

TEST_CASE("a search that stopped early calls nothing a hang that may have a way out", "[explore][options]") {
  for (std::uint64_t states = 1; states < 12; ++states) {
    const Exploration exploration = Explore(&Abba, {.states_max = states});
    for (const Reached& reached : exploration.reached) CHECK(Summary(reached.finding) == "hang a -> b, verdict real");
    CHECK(exploration.statistics.hang_states <= 1);
  }
}

TEST_CASE("progress is told while it searches", "[explore][options]") {
  int calls = 0;
  std::uint64_t states = 0;
  ExploreOptions options;
  options.time_max = std::chrono::milliseconds(800);
  options.on_progress = [&](const ExploreProgress& progress) {
    ++calls;
    CHECK(progress.states >= states);
    states = progress.states;
    Mutex mine{"progress"};  // of the real program
    MutexLock lock(mine);
  };
  Explore(
      [] {
        Mutex mu{"mu"};
        std::vector<Thread> all;
        for (int i = 0; i < 8; ++i) {
          all.emplace_back([&] {
            for (int k = 0; k < 4; ++k) MutexLock lock(mu);
          });
        }
        for (Thread& thread : all) thread.join();
      },
      options);
  CHECK(calls >= 1);
  CHECK(states > 0);
}

TEST_CASE("the same body and options give the same words", "[explore][options]") {
  const Exploration first = Explore(&Abba), second = Explore(&Abba);
  CHECK(first.statistics.states == second.statistics.states);
  CHECK(first.statistics.executions == second.statistics.executions);
  REQUIRE(first.reached.size() == second.reached.size());
  CHECK(first.reached[0].finding.schedule == second.reached[0].finding.schedule);
}

TEST_CASE("stacks can be larger where the body needs it", "[explore][options]") {
  FiberOptions fibers;
  fibers.stack_bytes = 4U << 20;
  Proves(
      [] {
        volatile char large[2U << 20];
        large[0] = 1;
        Thread other([] {
          volatile char as_large[2U << 20];
          as_large[0] = 1;
          Yield();
          as_large[1] = as_large[0];
        });
        large[sizeof large - 1] = large[0];
        other.join();
      },
      {}, fibers);
}

// --- Replays ------------------------------------------------------------------------------------------------

TEST_CASE("a schedule that the body does not follow diverges where it does", "[explore][replay]") {
  const auto changed = [] {
    Mutex a{"a"}, b{"b"}, c{"c"};
    Thread t1([&] { MutexLock lock(a); });
    Thread t2([&] {
      c.lock();
      c.unlock();
      b.lock();
      b.unlock();
    });
    t1.join();
    t2.join();
  };
  const auto error = [&](const char* schedule) {
    const Exploration exploration = Replay(changed, schedule);
    REQUIRE(exploration.errors.size() == 1);
    CHECK(exploration.reached.empty());
    CHECK_FALSE(exploration.statistics.exhausted);
    return exploration.errors[0];
  };
  CHECK(error("t1:lock(a) t2:lock(c) t2:lock(b)") == "diverges at step 3: expected t2:lock(b), found t2:unlock(c)");
  CHECK(error("t3:lock(a)") == "diverges at step 1: expected t3:lock(a), found no thread t3");
  CHECK(error("t1:lock(a)*") == "diverges at step 1: expected t1:lock(a)*, found t1:lock(a), which need not wait");
  CHECK(error("t1:lock(a) t1:unlock(a) t1:lock(a)") == "diverges at step 3: expected t1:lock(a), found t1 at its end");
  CHECK(error("main:join(t1)") ==
        "diverges at step 1: expected main:join(t1), found main:join(t1), which cannot do that now");
  CHECK(error("t1 lock(a)").find("schedule:1:3: expected ':'") == 0);
}

TEST_CASE("after its schedule a replay follows every way on", "[explore][replay]") {
  const Exploration part = Replay(&Abba, "t1:lock(a)");
  CHECK(Summaries(part) == Strings{"hang a -> b, verdict real"});
  CHECK(part.statistics.exhausted);
  const Exploration past = Replay(&Abba, "t1:lock(a) t1:lock(b)");
  CHECK(past.reached.empty());
  CHECK(past.errors.empty());
}

// --- Bodies that cannot be explored ---------------------------------------------------------------------------

TEST_CASE("a body that does something else each time is not deterministic", "[explore][options]") {
  int runs = 0;
  const Exploration exploration = Explore([&] {
    Mutex a{"a"}, b{"b"};
    ++runs;
    Thread t1([&] { MutexLock lock(runs % 2 == 0 ? b : a); });
    Thread t2([&] { MutexLock lock(a); });
    t1.join();
    t2.join();
  });
  INFO(Describe(exploration));
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0].find("not deterministic at operation 1: expected ") == 0);
  CHECK(exploration.errors[0].find("found t1:lock(b)") != std::string::npos);
  CHECK_FALSE(exploration.statistics.exhausted);
}

TEST_CASE("data that explored locks do not guard is noticed where it decides what is done", "[explore][options]") {
  const Exploration exploration = Explore([] {
    Mutex a{"a"}, b{"b"}, c{"c"}, d{"d"};
    int unguarded = 0;
    Thread t1([&] {
      MutexLock lock(a);
      unguarded = 1;
    });
    Thread t2([&] {
      { MutexLock lock(b); }
      MutexLock lock(unguarded == 1 ? c : d);
    });
    t1.join();
    t2.join();
  });
  INFO(Describe(exploration));
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0].find("not deterministic") == 0);
}

TEST_CASE("too many threads are an error", "[explore][options]") {
  const Exploration exploration = Explore([] {
    std::vector<Thread> threads;
    for (;;) threads.emplace_back([] {});
  });
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0] == "more than 1000 threads were started");
}

}  // namespace
}  // namespace lockdep::explore
