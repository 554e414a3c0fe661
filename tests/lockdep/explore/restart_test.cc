// Loops that wait for others: restarts, boundaries, livelocks, and loops that nobody declared.
#include <mutex>
#include <string>
#include <vector>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::explore {
namespace {

// Takes `first`, then only tries `second`; begins anew if it fails.
void TakeBoth(Mutex& first, Mutex& second) {
  for (;;) {
    first.lock();
    if (second.try_lock()) break;
    first.unlock();
    Restart();
  }
  second.unlock();
  first.unlock();
}

TEST_CASE("two threads that give way to each other can do so for ever, and get out", "[explore][restart]") {
  const auto body = [] {
    Mutex a{"a"}, b{"b"};
    Thread t1([&] { TakeBoth(a, b); });
    Thread t2([&] { TakeBoth(b, a); });
    t1.join();
    t2.join();
  };
  const Exploration exploration = Finds(body, {"livelock, verdict real"});
  CHECK(exploration.statistics.exhausted);
  CHECK(exploration.statistics.declared);
  CHECK(exploration.statistics.hang_states == 0);
  const Finding& livelock = exploration.reached[0].finding;
  CHECK(livelock.participants.size() == 2);
  CHECK(livelock.schedule.find("( ") != std::string::npos);
}

TEST_CASE("one that gives way beside one that waits is no livelock", "[explore][restart]") {
  Proves([] {
    Mutex a{"a"}, b{"b"};
    Thread t1([&] { TakeBoth(a, b); });
    Thread t2([&] {
      MutexLock outer(b);
      MutexLock inner(a);
    });
    t1.join();
    t2.join();
  });
}

TEST_CASE("spinning on a try with a lock held is a hang, though nobody waits", "[explore][restart]") {
  const auto spin = [](Mutex& held, Mutex& wanted) {
    MutexLock lock(held);
    while (!wanted.try_lock()) Restart();
    wanted.unlock();
  };
  const auto body = [&] {
    Mutex a{"a"}, b{"b"};
    Thread t1(spin, std::ref(a), std::ref(b));
    Thread t2(spin, std::ref(b), std::ref(a));
    t1.join();
    t2.join();
  };
  const Exploration exploration = Finds(body, {"hang a -> b, verdict real"});
  CHECK(exploration.statistics.exhausted);
  CHECK(exploration.reached[0].finding.edges[0].wanted_kind == Kind::kTrylock);
}

TEST_CASE("a part of the threads can hang while others go on for ever", "[explore][restart]") {
  const auto body = [](bool hangs) {
    Mutex a{"a"}, b{"b"};
    Var<int> beats{0, "beats"};
    Thread server([&] {
      for (;;) {
        beats.WriteOnce(1 - beats.ReadOnce());
        Boundary();
      }
    });
    Thread t1([&] {
      MutexLock outer(a);
      MutexLock inner(b);
    });
    Thread t2([&] {
      MutexLock outer(hangs ? b : a);
      MutexLock inner(hangs ? a : b);
    });
    t1.join();
    t2.join();
    server.join();
  };
  const Exploration fine = Proves([&] { body(false); });
  CHECK(fine.statistics.declared);
  const Exploration hang = Finds([&] { body(true); }, {"hang a -> b, verdict real"});
  CHECK(hang.statistics.exhausted);
}

TEST_CASE("a thread that waits for a lock which goes round for ever is a hang", "[explore][restart]") {
  const Exploration exploration = Explore([] {
    Mutex a{"a"};
    a.lock();
    Thread waiter([&] { MutexLock lock(a); });
    for (;;) Boundary();
  });
  INFO(Describe(exploration));
  REQUIRE(Summaries(exploration) == std::vector<std::string>{"hang a, verdict real"});
  CHECK(exploration.reached[0].finding.detail.find("which goes round for ever") != std::string::npos);
}

TEST_CASE("a spin on a variable that nobody writes is a hang", "[explore][restart]") {
  const auto body = [](bool writes) {
    Var<bool> ready{false, "ready"};
    Thread waiter([&] {
      while (!ready.ReadOnce()) Restart();
    });
    if (writes) ready.WriteOnce(true);
    waiter.join();
  };
  Proves([&] { body(true); });
  Finds([&] { body(false); }, {"hang ready, verdict real"});
}

TEST_CASE("a mark keeps what was learned before the loop", "[explore][restart]") {
  // Without it the thread that saw 0 and the one that saw 1 would be taken for the same while they spin.
  Finds(
      [] {
        Var<int> value{0, "value"};
        Var<bool> go{false, "go"};
        Thread reader([&] {
          const int seen = value.ReadOnce();
          Mark();
          while (!go.ReadOnce()) Restart();
          Check(seen == 0, "it came early");
        });
        value.WriteOnce(1);
        go.WriteOnce(true);
        reader.join();
      },
      {"invariant, verdict real"});
}

TEST_CASE("a restart that forgets what the thread still knows is noticed where it shows", "[explore][restart]") {
  const Exploration exploration = Explore([] {
    Var<int> value{0, "value"};
    Mutex a{"a"}, b{"b"};
    Thread writer([&] { value.WriteOnce(1); });
    const int seen = value.ReadOnce();
    Restart();
    { MutexLock lock(seen == 0 ? a : b); }
    writer.join();
  });
  INFO(Describe(exploration));
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0].find("not deterministic at operation") == 0);
  CHECK_FALSE(exploration.statistics.exhausted);
}

TEST_CASE("a loop that spins undeclared ends as given up, never as exhausted", "[explore][restart]") {
  for (const bool yields : {true, false}) {
    const Exploration exploration = Explore([=] {
      Var<bool> ready{false, "ready"};
      Thread waiter([&] {
        while (!ready.ReadOnce()) {
          if (yields) Yield();
        }
      });
      ready.WriteOnce(true);
      waiter.join();
    });
    INFO(Describe(exploration));
    CHECK(exploration.reached.empty());
    CHECK_FALSE(exploration.statistics.exhausted);
    CHECK(exploration.statistics.gave_up.find("t1 waited in a loop for more than 32 rounds") == 0);
  }
}

TEST_CASE("an execution without end is cut off", "[explore][restart]") {
  ExploreOptions options;
  options.steps_max = 500;
  const Exploration exploration = Explore(
      [] {
        Var<int> count{0, "count"};
        for (;;) count += 1;
      },
      options);
  CHECK_FALSE(exploration.statistics.exhausted);
  CHECK(exploration.statistics.gave_up.find("an execution made 500 steps") == 0);
}

TEST_CASE("with only variables shared, histories that end in the same values are one state", "[explore][restart]") {
  const auto body = [] {
    Var<int> last{0, "last"};
    Mutex mu{"mu"};
    std::vector<Thread> threads;
    for (int i = 0; i < 5; ++i) {
      threads.emplace_back([&] {
        MutexLock lock(mu);
        last = 1;
      });
    }
    for (Thread& thread : threads) thread.join();
    Check(last == 1, "it was written");
  };
  FiberOptions fibers;
  const Exploration strict = Proves(body, {}, fibers);
  fibers.only_variables_shared = true;
  const Exploration by_value = Proves(body, {}, fibers);
  CHECK(by_value.statistics.declared);
  CHECK_FALSE(strict.statistics.declared);
  CHECK(by_value.statistics.states * 2 < strict.statistics.states);
}

TEST_CASE("threads that are started in each round have the same names again", "[explore][restart]") {
  const Exploration exploration = Proves([] {
    for (;;) {
      Mutex mu{"mu"};
      Thread worker([&] { MutexLock lock(mu); });
      { MutexLock lock(mu); }
      worker.join();
      Boundary();
    }
  });
  CHECK(exploration.statistics.states < 40);
}

}  // namespace
}  // namespace lockdep::explore
