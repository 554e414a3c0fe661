// Data: plain data under explored locks, variables, races, checks and invariants.
#include "lockdep/explore/var.h"

#include <string>
#include <thread>
#include <vector>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::explore {
namespace {

// Three threads and a plain int under a mutex, whose value decides a branch that hangs.  A state that is only
// "where all threads stand, and what they read from Var" would be the same whoever came first.
TEST_CASE("plain data under a mutex that decides a branch is part of the state", "[explore][var]") {
  const auto body = [] {
    Mutex mu{"mu"}, a{"a"}, b{"b"};
    int value = 0;
    Thread t1([&] {
      MutexLock lock(mu);
      value = value * 2 + 1;
    });
    Thread t2([&] {
      MutexLock lock(mu);
      value = value * 2;
    });
    Thread t3([&] {
      int seen;
      {
        MutexLock lock(mu);
        seen = value;
      }
      // Only if t1 came before t2, and both before this.
      Mutex& first = seen == 2 ? b : a;
      Mutex& second = seen == 2 ? a : b;
      MutexLock outer(first);
      MutexLock inner(second);
    });
    {
      MutexLock outer(a);
      MutexLock inner(b);
    }
    t1.join();
    t2.join();
    t3.join();
  };
  const Exploration exploration = Finds(body, {"hang a -> b, verdict real"});
  CHECK(exploration.statistics.exhausted);
  CHECK_FALSE(exploration.statistics.declared);
  const std::string& schedule = exploration.reached[0].finding.schedule;
  INFO(schedule);
  CHECK(schedule.find("t1:lock(mu)") < schedule.find("t2:lock(mu)"));
  CHECK(schedule.find("t2:lock(mu)") < schedule.find("t3:lock(mu)"));
}

TEST_CASE("plain data under a readers-writer lock is part of the state", "[explore][var]") {
  Finds(
      [] {
        RwSem sem{"sem"};
        int slots[2] = {0, 0}, order = 0;
        Thread t1([&] {
          WriterLock lock(sem);
          slots[0] = ++order;
        });
        Thread t2([&] {
          WriterLock lock(sem);
          slots[1] = ++order;
        });
        t1.join();
        t2.join();
        ReaderLock lock(sem);
        Check(slots[0] < slots[1], "t1 is first");
      },
      {"invariant, verdict real"});
  // What readers leave behind, each in a place of its own, is seen by the next writer.
  Finds(
      [] {
        RwSem sem{"sem"};
        int slots[2] = {0, 0};
        Thread t1([&] {
          ReaderLock lock(sem);
          slots[0] = 1;
        });
        Thread t2([&] {
          ReaderLock lock(sem);
          slots[1] = 1;
        });
        {
          WriterLock lock(sem);
          Check(slots[0] + slots[1] != 2, "one of them comes later");
        }
        t1.join();
        t2.join();
      },
      {"invariant, verdict real"});
}

TEST_CASE("a lost update is a failed check", "[explore][var]") {
  const auto body = [](bool in_one) {
    Var<int> count{0, "count"};
    const auto add = [&] {
      if (in_one) {
        count.Update([](int value) { return value + 1; });
      } else {
        count.WriteOnce(count.ReadOnce() + 1);
      }
    };
    Thread t1(add), t2(add);
    t1.join();
    t2.join();
    Check(count.Read() == 2, "both were counted");
  };
  Proves([&] { body(true); });
  const Exploration exploration = Finds([&] { body(false); }, {"invariant, verdict real"});
  CHECK(exploration.reached[0].finding.detail == "both were counted");
  CHECK(exploration.reached[0].minimal);
}

// A function for each kind: a compiler may make one of two accesses in one function, which then has no line.
template <bool kPlainWrite, bool kPlainRead>
void WriteAndRead() {
  Var<int> x{0, "x"};
  Thread writer(ThreadRole{"writer"}, [&] {
    if constexpr (kPlainWrite) {
      x.Write(1);
    } else {
      x.WriteOnce(1);
    }
  });
  Thread reader(ThreadRole{"reader"}, [&] {
    if constexpr (kPlainRead) {
      (void)x.Read();
    } else {
      (void)x.ReadOnce();
    }
  });
  writer.join();
  reader.join();
}

TEST_CASE("unordered accesses of which one is plain are a race", "[explore][var]") {
  for (void (*const body)() : {&WriteAndRead<true, true>, &WriteAndRead<true, false>, &WriteAndRead<false, true>}) {
    const Exploration exploration = Finds(body, {"data-race, verdict real"});
    const Finding& race = exploration.reached[0].finding;
    CHECK(race.detail == "x is written by writer and read by reader, unordered");
    REQUIRE(race.participants.size() == 2);
    CHECK(race.participants[0].at.line > 0);
    // Nothing follows the second access, and between them is only what ends with the first.
    const std::vector<ScheduleStep>& steps = exploration.reached[0].steps;
    INFO(race.schedule);
    REQUIRE(steps.size() <= 3);
    CHECK(steps.front().text.ends_with(" x"));
    CHECK(steps.back().text.ends_with(" x"));
    CHECK(steps.front().thread != steps.back().thread);
    CHECK(exploration.statistics.exhausted);
  }
  Proves(&WriteAndRead<false, false>);
  Proves([] {
    Var<int> x{0, "x"};
    Thread t1([&] { (void)x.Read(); }), t2([&] { (void)x.Read(); });
    t1.join();
    t2.join();
  });
}

TEST_CASE("locks, joins and completions order accesses, conditions and marked accesses do not", "[explore][var]") {
  Proves([] {
    Mutex mu{"mu"};
    Var<int> x{0, "x"}, y{0, "y"}, z{0, "z"};
    Completion done{"done"};
    Thread worker([&] {
      {
        MutexLock lock(mu);
        x = x + 1;
      }
      y = 1;
      done.Complete();
      z = 1;
    });
    {
      MutexLock lock(mu);
      x += 1;
    }
    done.Wait();
    Check(y == 1, "it was written before");
    worker.join();
    Check(z == 1 && x == 2, "all was written before");
  });
  Finds(
      [] {
        Var<int> data{0, "data"};
        Var<bool> ready{false, "ready"};
        Thread writer([&] {
          data = 1;
          ready.WriteOnce(true);
        });
        if (ready.ReadOnce()) (void)data.Read();
        writer.join();
      },
      {"data-race, verdict real"});
}

TEST_CASE("a race that one order of critical sections hides is found all the same", "[explore][var]") {
  Finds(
      [] {
        Mutex mu{"mu"};
        Var<int> x{0, "x"};
        Thread t1([&] {
          x = 1;
          MutexLock lock(mu);
        });
        Thread t2([&] {
          { MutexLock lock(mu); }
          x = 2;
        });
        t1.join();
        t2.join();
      },
      {"data-race, verdict real"});
}

TEST_CASE("the same place twice in two threads races with itself", "[explore][var]") {
  const Exploration exploration = Explore([] {
    Var<int> x{0, "x"};
    const auto write = [&] { x = 1; };
    Thread t1(write), t2(write);
    t1.join();
    t2.join();
  });
  REQUIRE(Summaries(exploration) == std::vector<std::string>{"data-race, verdict real"});
  CHECK(exploration.reached[0].finding.detail == "x is written by t1 and written by t2, unordered");
}

TEST_CASE("an invariant is checked after every step", "[explore][var]") {
  const auto body = [](bool locked) {
    Mutex mu{"mu"};
    Var<int> debit{0, "debit"}, credit{0, "credit"};
    int entries = 0;
    const Invariant balanced("debit and credit differ by at most one entry",
                             [&] { return entries <= 1 || debit.Read() - credit.Read() <= 1; });
    const auto transfer = [&] {
      if (locked) mu.lock();
      ++entries;
      debit.WriteOnce(debit.ReadOnce() + 1);
      credit.WriteOnce(credit.ReadOnce() + 1);
      if (locked) mu.unlock();
    };
    Thread t1(transfer), t2(transfer);
    t1.join();
    t2.join();
  };
  Proves([&] { body(true); });
  const Exploration exploration = Finds([&] { body(false); }, {"invariant, verdict real"});
  CHECK(exploration.reached[0].finding.detail == "debit and credit differ by at most one entry");
  CHECK_FALSE(exploration.reached[0].finding.participants.empty());
}

TEST_CASE("the predicate of an invariant may only look", "[explore][var]") {
  const Exploration exploration = Explore([] {
    Mutex mu{"mu"};
    const Invariant locks("locks", [&] {
      MutexLock lock(mu);
      return true;
    });
    Yield();
    Yield();
  });
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0] == "the predicate of an invariant takes a lock; it may only read");
}

TEST_CASE("a variable of any type can be watched", "[explore][var]") {
  struct Pair {
    int a, b;
  };
  Finds(
      [] {
        Var<std::string> text{"", "text"};
        Var<Pair> pair{{0, 0}, "pair"};
        Thread t1([&] { text.WriteOnce("one"); }), t2([&] { text.WriteOnce("two"); });
        pair.WriteOnce({1, 2});
        t1.join();
        t2.join();
        Check(pair.ReadOnce().b == 2, "it is there");
        Check(text.Read() == "one", "t1 is last");
      },
      {"invariant, verdict real"});
}

TEST_CASE("a variable from outside of the body is an error", "[explore][var]") {
  Var<int> outside{0, "outside"};
  const Exploration exploration = Explore([&] { outside = 1; });
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0].find("make it in the body") != std::string::npos);
}

TEST_CASE("every choice is tried", "[explore][var]") {
  std::vector<std::uint32_t> seen;
  const Exploration exploration = Proves([&] {
    const std::uint32_t first = Choose(3), second = Choose(2);
    seen.push_back(first * 10 + second);
  });
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CHECK(seen == std::vector<std::uint32_t>{0, 1, 10, 11, 20, 21});
}

TEST_CASE("where code really runs, a variable is a variable", "[explore][var]") {
  Var<int> x{1, "x"};
  x += 2;
  ++x;
  CHECK(x == 4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) x.Update([](int value) { return value + 1; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(x.ReadOnce() == 4004);
  Var<std::string> text{"a"};
  CHECK(text.Update([](const std::string& old) { return old + "b"; }) == "a");
  CHECK(text.Read() == "ab");
  Yield();
  Restart();
  Boundary();
  CHECK(Choose(5) == 0);
  Check(true, "it is");
}

}  // namespace
}  // namespace lockdep::explore
