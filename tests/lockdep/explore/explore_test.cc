// What explorations of small bodies find: each wrapper, each way to hang.
#include "lockdep/explore/explore.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::explore {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

template <class Lock>
void Abba() {
  Lock a{"a"}, b{"b"};
  Thread t1([&] {
    std::lock_guard<Lock> first(a);
    std::lock_guard<Lock> second(b);
  });
  Thread t2([&] {
    std::lock_guard<Lock> first(b);
    std::lock_guard<Lock> second(a);
  });
  t1.join();
  t2.join();
}

TEMPLATE_TEST_CASE("ABBA hangs with every exclusive wrapper", "[explore]", Mutex, RecursiveMutex, SpinLock, RwSem,
                   RwLock, PercpuRwSem) {
  const Exploration exploration = Finds(&Abba<TestType>, {"hang a -> b, verdict real"});
  CHECK(exploration.statistics.hang_states >= 1);
  CHECK(exploration.statistics.exhausted);
  CHECK_FALSE(exploration.statistics.declared);
}

TEST_CASE("the witness of ABBA has one switch and says where both stand", "[explore]") {
  const Exploration exploration = Explore(&Abba<Mutex>);
  REQUIRE(exploration.reached.size() == 1);
  const Reached& reached = exploration.reached[0];
  CHECK(reached.minimal);
  // Two steps lead there; whose is first is a matter of taste.
  const bool either = reached.finding.schedule == "t1:lock(a) t2:lock(b) main:join(t1)* t1:lock(b)* t2:lock(a)*" ||
                      reached.finding.schedule == "t2:lock(b) t1:lock(a) main:join(t1)* t1:lock(b)* t2:lock(a)*";
  INFO(reached.finding.schedule);
  CHECK(either);
  REQUIRE(reached.steps.size() == 5);
  CHECK_FALSE(reached.steps[1].waits);
  CHECK(reached.steps[4].waits);
  CHECK(reached.steps[4].text == "lock a");
  REQUIRE(reached.finding.edges.size() == 2);
  for (const FindingEdge& edge : reached.finding.edges) {
    INFO(edge.wanted_at.file << ":" << edge.wanted_at.line);
    CHECK(edge.wanted_at.file.ends_with("explore_test.cc"));
    CHECK(edge.held_at.line > 0);
    CHECK(edge.wanted_at.line == edge.held_at.line + 1);
  }
}

TEST_CASE("a gate around ABBA leaves no hang in any schedule", "[explore]") {
  const Exploration exploration = Proves([] {
    Mutex gate{"gate"}, a{"a"}, b{"b"};
    const auto nest = [&](Mutex& outer, Mutex& inner) {
      MutexLock g(gate);
      MutexLock o(outer);
      MutexLock i(inner);
    };
    Thread t1(nest, std::ref(a), std::ref(b));
    Thread t2(nest, std::ref(b), std::ref(a));
    t1.join();
    t2.join();
  });
  CHECK(exploration.statistics.reduced);
}

TEST_CASE("std::scoped_lock of two locks is a loop of tries: no hang, but no proof either", "[explore]") {
  const Exploration exploration = Explore([] {
    Mutex a{"a"}, b{"b"};
    Thread t1([&] { std::scoped_lock both(a, b); });
    Thread t2([&] { std::scoped_lock both(b, a); });
    t1.join();
    t2.join();
  });
  CHECK(exploration.reached.empty());
  CHECK(exploration.errors.empty());
  CHECK_FALSE(exploration.statistics.exhausted);
  CHECK(exploration.statistics.gave_up.find("explore::Restart") != std::string::npos);
}

TEST_CASE("a cycle of three locks is found with all its threads", "[explore]") {
  const Exploration exploration = Finds(
      [] {
        std::vector<std::unique_ptr<Mutex>> forks;
        for (const char* name : {"a", "b", "c"}) forks.push_back(std::make_unique<Mutex>(name));
        std::vector<Thread> philosophers;
        for (std::size_t i = 0; i < 3; ++i) {
          philosophers.emplace_back([&forks, i] {
            MutexLock left(*forks[i]);
            MutexLock right(*forks[(i + 1) % 3]);
          });
        }
        for (Thread& thread : philosophers) thread.join();
      },
      {"hang a -> b -> c, verdict real"});
  CHECK(exploration.reached[0].finding.edges.size() == 3);
}

TEST_CASE("a thread that wants what it holds is a self-deadlock", "[explore]") {
  Finds(
      [] {
        Mutex a{"a"};
        a.lock();
        a.lock();
      },
      {"self-deadlock a, verdict real"});
}

TEST_CASE("a recursive mutex lets its owner in again, and only its owner", "[explore]") {
  Proves([] {
    RecursiveMutex a{"a"};
    int value = 0;
    const auto add = [&] {
      std::lock_guard<RecursiveMutex> outer(a);
      const int before = value;
      std::lock_guard<RecursiveMutex> inner(a);
      value = before + 1;
    };
    Thread t1(add), t2(add);
    t1.join();
    t2.join();
    Check(value == 2, "both were counted");
  });
}

// --- Readers and writers -----------------------------------------------------------------------------

template <class Lock>
void ReadersInARow(int threads) {
  Lock lock{"s"};
  Mutex mutex{"m"};
  Thread t1([&] {
    std::shared_lock<Lock> outer(lock);
    MutexLock inner(mutex);
  });
  Thread t2([&] {
    MutexLock outer(mutex);
    std::shared_lock<Lock> inner(lock);
  });
  Thread t3;
  if (threads == 3) t3 = Thread([&] { std::lock_guard<Lock> writer(lock); });
  t1.join();
  t2.join();
  if (threads == 3) t3.join();
}

TEMPLATE_TEST_CASE("readers in a row hang only with a writer between, where readers queue", "[explore]", RwSem,
                   PercpuRwSem) {
  Proves([] { ReadersInARow<TestType>(2); });
  Finds([] { ReadersInARow<TestType>(3); }, {"hang m -> s, verdict real"});
}

TEST_CASE("a lock that prefers readers does not hang where they nest", "[explore]") {
  Proves([] { ReadersInARow<RwLock>(3); });
  Proves([] {
    RwLock lock{"s"};
    Thread reader([&] {
      ReaderLock outer(lock);
      ReaderLock inner(lock);
    });
    Thread writer([&] { WriterLock write(lock); });
    reader.join();
    writer.join();
  });
}

TEST_CASE("a second read of one thread hangs behind a writer that queued between", "[explore]") {
  Finds(
      [] {
        RwSem lock{"s"};
        Thread reader([&] {
          ReaderLock outer(lock);
          ReaderLock inner(lock);
        });
        Thread writer([&] { WriterLock write(lock); });
        reader.join();
        writer.join();
      },
      {"hang s, verdict real"});
}

TEST_CASE("readers share and a downgraded writer lets them in", "[explore]") {
  Proves([] {
    RwSem lock{"s"};
    Var<int> inside{0, "inside"}, both{0, "both"};
    lock.lock();
    Thread reader([&] {
      ReaderLock read(lock);
      inside.WriteOnce(1);
    });
    lock.downgrade();
    if (inside.ReadOnce() == 1) both.WriteOnce(1);
    lock.unlock_shared();
    reader.join();
  });
  // In some schedule the reader is in before the downgraded writer leaves.
  Finds(
      [] {
        RwSem lock{"s"};
        Var<int> inside{0, "inside"};
        lock.lock();
        Thread reader([&] {
          ReaderLock read(lock);
          inside.WriteOnce(1);
        });
        lock.downgrade();
        Check(inside.ReadOnce() == 0, "nobody is in beside it");
        lock.unlock_shared();
        reader.join();
      },
      {"invariant, verdict real"});
}

// --- Tries and times ------------------------------------------------------------------------------------

TEST_CASE("a try fails only while the lock is held", "[explore]") {
  Proves([] {
    Mutex a{"a"};
    Check(a.try_lock(), "nobody else is there");
    a.unlock();
  });
  Finds(
      [] {
        Mutex a{"a"};
        Thread holder([&] { MutexLock lock(a); });
        if (a.try_lock()) {
          a.unlock();
        } else {
          Check(false, "it was held");
        }
        holder.join();
      },
      {"invariant, verdict real"});
}

TEST_CASE("a timed wait may run out, but not while the lock can be had", "[explore]") {
  Proves([] {
    Mutex a{"a"};
    Check(a.try_lock_for(1ms), "nobody else is there");
    a.unlock();
  });
  // A hang that a timed wait breaks is none.
  Proves([] {
    Mutex a{"a"}, b{"b"};
    Thread t1([&] {
      MutexLock first(a);
      if (b.try_lock_for(1ms)) b.unlock();
    });
    Thread t2([&] {
      MutexLock first(b);
      MutexLock second(a);
    });
    t1.join();
    t2.join();
  });
}

TEST_CASE("trying and giving all back is no hang, holding on is one", "[explore]") {
  const auto body = [](bool gives_back) {
    Mutex a{"a"}, b{"b"};
    Thread t1([&] {
      MutexLock first(a);
      MutexLock second(b);
    });
    Thread t2([&] {
      b.lock();
      while (!a.try_lock()) {
        if (gives_back) b.unlock();
        Restart();
        if (gives_back) b.lock();
      }
      a.unlock();
      b.unlock();
    });
    t1.join();
    t2.join();
  };
  const Exploration gives_back = Proves([&] { body(true); });
  CHECK(gives_back.statistics.declared);
  const Exploration holds_on = Finds([&] { body(false); }, {"hang a -> b, verdict real"});
  CHECK(holds_on.statistics.exhausted);
  CHECK(holds_on.reached[0].finding.schedule.find("(") != std::string::npos);
}

// --- Conditions and completions ---------------------------------------------------------------------------

TEST_CASE("a signal before the wait is lost", "[explore]") {
  Finds(
      [] {
        Mutex mu{"mu"};
        CondVar ready{"ready"};
        Thread waiter([&] {
          std::unique_lock<Mutex> lock(mu);
          ready.wait(lock);
        });
        ready.notify_one();
        waiter.join();
      },
      {"hang ready, verdict real"});
}

TEST_CASE("a wait with a predicate under the mutex loses no signal", "[explore]") {
  Proves([] {
    Mutex mu{"mu"};
    CondVar ready{"ready"};
    bool is_ready = false;
    Thread waiter([&] {
      std::unique_lock<Mutex> lock(mu);
      ready.wait(lock, [&] { return is_ready; });
    });
    {
      MutexLock lock(mu);
      is_ready = true;
    }
    ready.notify_one();
    waiter.join();
  });
}

TEST_CASE("a wait that does not look again is fooled by waking up by itself", "[explore]") {
  Finds(
      [] {
        Mutex mu{"mu"};
        CondVar ready{"ready"};
        bool is_ready = false;
        Thread waiter([&] {
          std::unique_lock<Mutex> lock(mu);
          if (!is_ready) ready.wait(lock);
          Check(is_ready, "it is ready");
        });
        {
          MutexLock lock(mu);
          is_ready = true;
          ready.notify_one();
        }
        waiter.join();
      },
      {"invariant, verdict real"});
}

TEST_CASE("waking up by itself is no way out of a hang", "[explore]") {
  Finds(
      [] {
        Mutex mu{"mu"};
        CondVar never{"never"};
        std::unique_lock<Mutex> lock(mu);
        never.wait(lock);
      },
      {"hang never, verdict real"});
}

TEST_CASE("one signal wakes any one of two sleepers", "[explore]") {
  const auto body = [](bool all) {
    Mutex mu{"mu"};
    CondVar ready{"ready"};
    bool is_ready = false;
    const auto wait = [&] {
      std::unique_lock<Mutex> lock(mu);
      ready.wait(lock, [&] { return is_ready; });
    };
    Thread t1(wait), t2(wait);
    {
      MutexLock lock(mu);
      is_ready = true;
    }
    if (all) {
      ready.notify_all();
    } else {
      ready.notify_one();
    }
    t1.join();
    t2.join();
  };
  Proves([&] { body(true); });
  Finds([&] { body(false); }, {"hang ready, verdict real"});
}

TEST_CASE("a timed wait ends without a signal", "[explore]") {
  Proves([] {
    Mutex mu{"mu"};
    CondVar never{"never"};
    std::unique_lock<Mutex> lock(mu);
    Check(never.wait_for(lock, 1ms) == std::cv_status::timeout || true, "");
  });
}

TEST_CASE("waiting for a condition with another lock held hangs who would signal", "[explore]") {
  Finds(
      [] {
        Mutex outer{"outer"}, mu{"mu"};
        CondVar ready{"ready"};
        bool is_ready = false;
        Thread waiter([&] {
          MutexLock hold(outer);
          std::unique_lock<Mutex> lock(mu);
          ready.wait(lock, [&] { return is_ready; });
        });
        Thread signaller([&] {
          MutexLock hold(outer);
          MutexLock lock(mu);
          is_ready = true;
          ready.notify_one();
        });
        waiter.join();
        signaller.join();
      },
      {"hang outer -> ready, verdict real"});
}

TEST_CASE("a completion lets one wait pass each time, or all for ever", "[explore]") {
  Proves([] {
    Completion done{"done"};
    int value = 0;
    Thread worker([&] {
      value = 7;
      done.Complete();
    });
    done.Wait();
    Check(value == 7, "the value is there");
    Check(!done.TryWait(), "it was used up");
    Check(!done.WaitFor(1ms), "it was used up");
    worker.join();
  });
  Proves([] {
    Completion done{"done"};
    Thread t1([&] { done.Wait(); }), t2([&] { done.Wait(); });
    done.CompleteAll();
    done.Wait();
    t1.join();
    t2.join();
  });
  Finds(
      [] {
        Completion done{"done"};
        Thread t1([&] { done.Wait(); }), t2([&] { done.Wait(); });
        done.Complete();
        t1.join();
        t2.join();
      },
      {"hang done, verdict real"});
}

// --- Threads ------------------------------------------------------------------------------------------------

TEST_CASE("joining a thread that wants what the joiner holds is a hang", "[explore]") {
  const Exploration exploration = Finds(
      [] {
        Mutex mu{"mu"};
        MutexLock lock(mu);
        Thread worker(ThreadRole{"worker"}, [&] { MutexLock inner(mu); });
        worker.join();
      },
      {"hang end of worker -> mu, verdict real"});
  CHECK(exploration.reached[0].finding.schedule == "main:lock(mu) main:join(worker)* worker:lock(mu)*");
}

TEST_CASE("threads start threads, and are called after who started them", "[explore]") {
  const Exploration exploration = Finds(
      [] {
        Mutex mu{"mu"};
        Thread outer([&] {
          Thread inner([&] {
            mu.lock();
            mu.lock();
          });
          inner.join();
        });
        outer.join();
      },
      {"self-deadlock mu, verdict real"});
  CHECK(exploration.reached[0].finding.edges[0].thread == "t1/t1");
}

TEST_CASE("arguments of threads are moved along, and threads can be moved and detached", "[explore]") {
  Proves([] {
    Completion done{"done"};
    auto value = std::make_unique<int>(5);
    Thread first([&](std::unique_ptr<int> given) { Check(*given == 5, "it was handed over"); }, std::move(value));
    Thread second = std::move(first);
    Check(!first.joinable() && second.joinable(), "it was moved");
    Check(second.get_id() != Thread().get_id(), "it has an id");
    second.join();
    Thread([&] { done.Complete(); }).detach();
    done.Wait();
  });
}

TEST_CASE("an exception out of the body or of a thread is an error, not a crash", "[explore]") {
  const Exploration body = Explore([] { throw std::runtime_error("nothing to do"); });
  REQUIRE(body.errors.size() == 1);
  CHECK(body.errors[0] == "'main' ended by an exception: nothing to do");
  CHECK_FALSE(body.statistics.exhausted);
  const Exploration thread = Explore([] {
    Mutex mu{"mu"};
    Thread worker([&] {
      MutexLock lock(mu);
      throw 5;
    });
    worker.join();
  });
  REQUIRE(thread.errors.size() == 1);
  CHECK(thread.errors[0] == "'t1' ended by an exception: of a type that is no std::exception");
}

TEST_CASE("exceptions inside a thread stay with it while others run", "[explore]") {
  Proves([] {
    Mutex mu{"mu"};
    const auto work = [&] {
      try {
        MutexLock lock(mu);
        throw std::runtime_error("inner");
      } catch (const std::exception& exception) {
        // Others throw and catch while this one is handled.
        MutexLock lock(mu);
        Yield();
        Check(std::string(exception.what()) == "inner" && std::uncaught_exceptions() == 0, "it is still this one");
        try {
          throw;
        } catch (const std::runtime_error&) {
        }
      }
    };
    Thread t1(work), t2(work);
    t1.join();
    t2.join();
  });
}

// --- Misuse ---------------------------------------------------------------------------------------------------

TEST_CASE("unlocking what is not held, and destroying what is, are found", "[explore]") {
  Finds(
      [] {
        Mutex a{"a"};
        a.unlock();
      },
      {"unbalanced-unlock a, verdict real"});
  Finds(
      [] {
        auto a = std::make_unique<Mutex>("a");
        a->lock();
        a.reset();
      },
      {"held-lock-freed a, verdict real"});
  // Only if the other thread is not out yet.
  Finds(
      [] {
        auto a = std::make_unique<Mutex>("a");
        Completion done{"done"};
        Thread worker([&done, lock = a.get()] {
          lock->lock();
          done.Complete();
          lock->unlock();
        });
        done.Wait();
        a.reset();
        worker.join();
      },
      {"held-lock-freed a, verdict real"});
}

TEST_CASE("a failed AssertHeld is found where it fails", "[explore]") {
  const Exploration exploration = Finds(
      [] {
        Mutex a{"a"};
        Thread t1([&] {
          MutexLock lock(a);
          a.AssertHeld();
        });
        a.AssertHeld();
        t1.join();
      },
      {"invariant, verdict real"});
  CHECK(exploration.reached[0].finding.detail == "a is not held by main");
}

TEST_CASE("a handle dropped without join is an error", "[explore]") {
  const Exploration exploration = Explore([] { Thread worker([] {}); });
  REQUIRE(exploration.errors.size() == 1);
  CHECK(exploration.errors[0].find("before join() or detach()") != std::string::npos);
}

// --- Around explorations ------------------------------------------------------------------------------------

TEST_CASE("the program's own locks and findings are untouched by what is explored", "[explore]") {
  Mutex outside{"outside.before"};
  MutexLock held(outside);
  const std::size_t findings = Findings().size();
  Explore(&Abba<Mutex>);
  CHECK(Findings().size() == findings);
  outside.AssertHeld();
}

TEST_CASE("locks made outside of the body can be used in it, and are free when it begins", "[explore]") {
  static Mutex a{"static.a"}, b{"static.b"};
  a.lock();
  Finds(
      [] {
        Thread t1([&] { std::lock_guard first(a), second(b); });
        Thread t2([&] { std::lock_guard first(b), second(a); });
        t1.join();
        t2.join();
      },
      {"hang static.a -> static.b, verdict real"});
  a.unlock();
}

TEST_CASE("explored code cannot explore", "[explore]") {
  std::vector<std::string> errors;
  Explore([&] { errors = Explore([] {}).errors; });
  CHECK(errors == Strings{"explored code cannot explore"});
}

TEST_CASE("a validator is told of all executions", "[explore]") {
  Validator validator;
  FiberOptions fibers;
  fibers.validator = &validator;
  Explore(&Abba<Mutex>, {}, fibers);
  std::vector<std::string> summaries;
  for (const Finding& finding : validator.Findings()) summaries.push_back(Summary(finding));
  CHECK(summaries == Strings{"circular a -> b, verdict predicted"});
  validator.CheckInvariants();
}

TEST_CASE("every finding meets the form of the JSON output", "[explore]") {
  for (const auto body : {&Abba<Mutex>, +[] { Mutex("a").unlock(); }, +[] { Check(false, "never"); }}) {
    for (const Reached& reached : Explore(body).reached) {
      CHECK_FALSE(reached.finding.source.empty());
      CHECK((!reached.finding.edges.empty() || !reached.finding.participants.empty()));
      CHECK(reached.finding.missing.empty());
      CHECK((!reached.finding.locks.empty() || !reached.finding.detail.empty()));
    }
  }
}

}  // namespace
}  // namespace lockdep::explore
