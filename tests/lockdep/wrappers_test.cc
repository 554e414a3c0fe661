// The wrappers through the standard library's guards, and what the validator sees of them.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "lockdep/lockdep.h"
#include "tests/catch.h"

// Locks are used wrongly here on purpose, and the standard guards are ones that the analysis cannot follow.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace lockdep {
namespace {

using namespace std::chrono_literals;

// Findings about locks whose names begin with `prefix`: each test has names of its own, because the
// process has one validator.
std::vector<Finding> FindingsAbout(const std::string& prefix) {
  std::vector<Finding> result;
  for (const Finding& finding : Findings()) {
    if (finding.locks[0].name.rfind(prefix, 0) == 0) result.push_back(finding);
  }
  return result;
}

class Quiet {
 public:
  Quiet() { SetPolicy(Policy::kIgnore); }
  ~Quiet() { SetPolicy(Policy::kReport); }
};

template <class Body>
void OnThread(Body body) {
  std::thread thread(body);
  thread.join();
}

template <class Lock>
bool FreeForOthers(Lock& lock) {
  bool got = false;
  OnThread([&] {
    got = lock.try_lock();
    if (got) lock.unlock();
  });
  return got;
}

template <class Lock>
bool ReadableForOthers(Lock& lock) {
  bool got = false;
  OnThread([&] {
    got = lock.try_lock_shared();
    if (got) lock.unlock_shared();
  });
  return got;
}

// The first of all: once the main thread has seen a try fail, nobody knows what comes before its threads.
TEST_CASE("two threads that nothing recorded keeps apart are predicted to hang", "[lockdep][wrappers]") {
  const Quiet quiet;
  Mutex a{"beside.a"}, b{"beside.b"};
  std::atomic<bool> over{false};  // only keeps the test itself from hanging
  Thread first(ThreadRole{"beside first"}, [&] {
    {
      MutexLock outer(a);
      MutexLock inner(b);
    }
    over = true;
  });
  Thread second(ThreadRole{"beside second"}, [&] {
    while (!over) std::this_thread::yield();
    MutexLock outer(b);
    MutexLock inner(a);
  });
  first.join();
  second.join();
  const std::vector<Finding> findings = FindingsAbout("beside.");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kPredicted);
}

TEMPLATE_TEST_CASE("every exclusive wrapper works in the standard guards", "[lockdep][wrappers]", Mutex, RecursiveMutex,
                   SpinLock, RwSem, RwLock, PercpuRwSem) {
  TestType a{"guards.a"}, b{"guards.b"};
  {
    std::lock_guard<TestType> guard(a);
    CHECK_FALSE(FreeForOthers(a));
    a.AssertHeld();
  }
  a.AssertNotHeld();
  {
    std::scoped_lock both(a, b);
    CHECK_FALSE(FreeForOthers(b));
  }
  std::unique_lock<TestType> later(a, std::defer_lock);
  CHECK(later.try_lock());
  later.unlock();
  CHECK(FreeForOthers(a));
  CHECK(FreeForOthers(b));
}

TEMPLATE_TEST_CASE("every shared wrapper lets readers in and keeps writers out", "[lockdep][wrappers]", RwSem, RwLock,
                   PercpuRwSem) {
  TestType lock{"shared.lock"};
  {
    std::shared_lock<TestType> reader(lock);
    lock.AssertHeldShared();
    CHECK(ReadableForOthers(lock));
    CHECK_FALSE(FreeForOthers(lock));
  }
  CHECK(FreeForOthers(lock));
  WriterLock writer(lock);
  CHECK_FALSE(ReadableForOthers(lock));
}

TEMPLATE_TEST_CASE("a timed lock gives up", "[lockdep][wrappers]", Mutex, RecursiveMutex, RwSem, RwLock) {
  TestType lock{"timed.lock"};
  lock.lock();
  bool got = true;
  OnThread([&] { got = lock.try_lock_for(5ms); });
  CHECK_FALSE(got);
  OnThread([&] { got = lock.try_lock_until(std::chrono::system_clock::now() + 5ms); });
  CHECK_FALSE(got);
  lock.unlock();
  REQUIRE(lock.try_lock_for(1s));
  lock.unlock();
}

TEMPLATE_TEST_CASE("a downgraded writer lets readers in", "[lockdep][wrappers]", RwSem, RwLock) {
  TestType lock{"downgrade.lock"};
  lock.lock();
  lock.downgrade();
  lock.AssertHeldShared();
  CHECK(ReadableForOthers(lock));
  CHECK_FALSE(FreeForOthers(lock));
  lock.unlock_shared();
  CHECK(FreeForOthers(lock));
}

TEST_CASE("a waiting writer blocks new readers of RwSem, not of RwLock", "[lockdep][wrappers]") {
  const auto reader_gets_in = [](auto& lock) {
    lock.lock_shared();
    std::thread writer([&] {
      lock.lock();
      lock.unlock();
    });
    // The writer queues within some time; a reader-preferring lock lets readers in all along.
    bool in = true;
    const auto end = std::chrono::steady_clock::now() + 200ms;
    while (in && std::chrono::steady_clock::now() < end) in = ReadableForOthers(lock);
    lock.unlock_shared();
    writer.join();
    return in;
  };
  RwSem sem{"waiting.sem"};
  RwLock rw{"waiting.rw"};
  CHECK_FALSE(reader_gets_in(sem));
  CHECK(reader_gets_in(rw));
}

TEST_CASE("a recursive mutex is taken once and released once, as the validator sees it", "[lockdep][wrappers]") {
  const Quiet quiet;
  RecursiveMutex lock{"recursive.lock"};
  lock.lock();
  lock.lock();
  lock.unlock();
  lock.AssertHeld();
  CHECK_FALSE(FreeForOthers(lock));
  lock.unlock();
  lock.AssertNotHeld();
  CHECK(FreeForOthers(lock));
  CHECK(FindingsAbout("recursive.").empty());
}

TEST_CASE("condition variables, ours and the standard's, wake their waiters", "[lockdep][wrappers]") {
  Mutex mutex{"condition.mutex"};
  CondVar ours;
  std::condition_variable_any standard;
  int turn = 0;
  Thread other([&] {
    std::unique_lock<Mutex> lock(mutex);
    ours.wait(lock, [&] { return turn == 1; });
    turn = 2;
    standard.notify_all();
  });
  {
    std::unique_lock<Mutex> lock(mutex);
    turn = 1;
    ours.notify_all();
    standard.wait(lock, [&] { return turn == 2; });
    CHECK(ours.wait_for(lock, 5ms) == std::cv_status::timeout);
    mutex.AssertHeld();
  }
  other.join();
}

TEST_CASE("the re-acquisition of a condition wait is a request like any other", "[lockdep][wrappers]") {
  const Quiet quiet;
  Mutex outer{"rewait.outer"}, mutex{"rewait.mutex"};
  CondVar never;
  OnThread([&] {
    std::unique_lock<Mutex> lock(mutex);
    std::lock_guard<Mutex> also(outer);
    never.wait_for(lock, 1ms);  // gives mutex back, and wants it again while holding outer
  });
  const std::vector<Finding> findings = FindingsAbout("rewait.");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kCircular);
}

TEST_CASE("a completion lets through whom it was completed for", "[lockdep][wrappers]") {
  Completion done{"completion"};
  CHECK_FALSE(done.WaitFor(1ms));
  std::atomic<int> through{0};
  Thread waiter([&] {
    done.Wait();
    ++through;
  });
  done.Complete();
  waiter.join();
  CHECK(through == 1);
  CHECK_FALSE(done.WaitFor(1ms));
  done.CompleteAll();
  CHECK(done.WaitFor(1ms));
  CHECK(done.WaitFor(1ms));
}

TEST_CASE("an inversion is found once, by name, and a trylock makes none", "[lockdep][wrappers]") {
  const Quiet quiet;
  Mutex a{"abba.a"}, b{"abba.b"}, c{"abba.c"};
  for (int i = 0; i < 3; ++i) {
    OnThread([&] {
      std::lock_guard<Mutex> first(a);
      std::lock_guard<Mutex> second(b);
    });
    OnThread([&] {
      std::lock_guard<Mutex> first(b);
      std::lock_guard<Mutex> second(a);
    });
    OnThread([&] {
      std::lock_guard<Mutex> first(a);
      std::lock_guard<Mutex> second(c);
    });
    OnThread([&] {
      std::lock_guard<Mutex> first(c);
      if (a.try_lock()) a.unlock();
    });
  }
  const std::vector<Finding> findings = FindingsAbout("abba.");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].locks[0].name == "abba.a");
  CHECK(findings[0].locks[1].name == "abba.b");
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK_FALSE(findings[0].edges[0].wanted_at.pcs.empty());
}

TEST_CASE("T1 a{b}, T1 b{a}, then T2 a{b}: never false", "[lockdep][wrappers]") {
  const Quiet quiet;
  Mutex a{"ttt.a"}, b{"ttt.b"};
  const auto ab = [&] {
    std::lock_guard<Mutex> first(a);
    std::lock_guard<Mutex> second(b);
  };
  const auto ba = [&] {
    std::lock_guard<Mutex> first(b);
    std::lock_guard<Mutex> second(a);
  };
  ab();
  ba();
  // The main thread alone is one thread, and there is only one of it.
  REQUIRE(FindingsAbout("ttt.").size() == 1);
  CHECK(FindingsAbout("ttt.")[0].verdict == Verdict::kFalse);
  OnThread(ab);
  CHECK(FindingsAbout("ttt.")[0].verdict == Verdict::kUnknown);
}

// Who sees a try fail knows that another thread has the lock: what it does then may come after all that this one did.
TEST_CASE("what a thread does because a try failed is never predicted", "[lockdep][wrappers]") {
  const Quiet quiet;
  Mutex a{"after-try.a"}, b{"after-try.b"}, gate{"after-try.gate"};
  std::atomic<bool> held{false}, seen{false};
  Thread first(ThreadRole{"after-try first"}, [&] {
    {
      MutexLock outer(a);
      MutexLock inner(b);
    }
    MutexLock hold(gate);
    held = true;
    while (!seen) std::this_thread::yield();
  });
  Thread second(ThreadRole{"after-try second"}, [&] {
    while (!held) std::this_thread::yield();
    const bool got = gate.try_lock();
    seen = true;
    if (got) {
      gate.unlock();
      return;
    }
    MutexLock outer(b);
    MutexLock inner(a);
  });
  first.join();
  second.join();
  const std::vector<Finding> findings = FindingsAbout("after-try.");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
}

struct Node {
  Mutex mutex{LOCKDEP_NAME("Node::mutex")};
};
LockClass ordered_class("ordered.class",
                        {.compare = [](const void* held, const void* wanted) { return held < wanted ? -1 : 1; }});
LockClass unchecked_class("unchecked.class", {.no_validate = true});
LockClass other_class("moved.class");

TEST_CASE("locks of one class share a node, whichever constructor made them", "[lockdep][wrappers]") {
  const Quiet quiet;
  Node parent, child;
  SECTION("nested without an order") {
    std::lock_guard<Mutex> first(parent.mutex);
    std::lock_guard<Mutex> second(child.mutex);
    const std::vector<Finding> findings = FindingsAbout("Node::mutex");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kRecursive);
  }
  SECTION("nested with a subclass, a nest lock, a compare function, or unchecked") {
    const std::size_t before = Findings().size();
    parent.mutex.lock();
    child.mutex.lock_nested(1);
    child.mutex.unlock();
    parent.mutex.unlock();
    Mutex top{"nest.top"}, x{other_class}, y{other_class};
    top.lock();
    x.lock_nest(top);
    y.lock_nest(top);
    y.unlock();
    x.unlock();
    top.unlock();
    Mutex pair[2] = {Mutex{ordered_class}, Mutex{ordered_class}};
    pair[0].lock();
    pair[1].lock();
    pair[1].unlock();
    pair[0].unlock();
    Mutex free[2] = {Mutex{unchecked_class}, Mutex{unchecked_class}};
    free[1].lock();
    free[0].lock();
    free[0].unlock();
    free[1].unlock();
    CHECK(Findings().size() == before);
  }
}

TEST_CASE("misuse through the wrappers is found and the program goes on", "[lockdep][wrappers]") {
  const Quiet quiet;
  SECTION("unlock of what is not held") {
    Mutex lock{"misuse.unlock"};
    lock.unlock();
    CHECK(FindingsAbout("misuse.unlock")[0].kind == FindingKind::kUnbalancedUnlock);
    CHECK(FreeForOthers(lock));
  }
  SECTION("destroyed while held") {
    {
      Mutex lock{"misuse.destroy"};
      lock.lock();
    }
    CHECK(FindingsAbout("misuse.destroy")[0].kind == FindingKind::kHeldLockFreed);
  }
  SECTION("memory freed while held") {
    Mutex lock{"misuse.free"};
    lock.lock();
    MemoryFreed(&lock, sizeof lock);
    CHECK(FindingsAbout("misuse.free")[0].kind == FindingKind::kHeldLockFreed);
    lock.unlock();
  }
  SECTION("held at the end of its thread") {
    static Mutex& lock = *new Mutex{"misuse.exit"};  // never destroyed: it stays held
    OnThread([] { lock.lock(); });
    CHECK(FindingsAbout("misuse.exit")[0].kind == FindingKind::kHeldAtExit);
  }
}

TEST_CASE("a class given later is the lock's class from then on", "[lockdep][wrappers]") {
  Mutex lock{"reclass.before"}, inner{"reclass.inner"};
  static LockClass late("reclass.late");
  SetClass(lock, late);
  lock.lock();
  inner.lock();
  inner.unlock();
  lock.unlock();
  bool found = false;
  for (const auto& [held, wanted] : ProcessValidator().Dependencies()) {
    CHECK(held != "reclass.before");
    found = found || (held == "reclass.late" && wanted == "reclass.inner");
  }
  CHECK(found);
}

TEST_CASE("a handler is called without a lock of ours, and may lock", "[lockdep][wrappers]") {
  Mutex a{"handler.a"}, b{"handler.b"}, own{"handler.own"};
  int calls = 0;
  SetFindingHandler([&](const Finding& finding) {
    std::lock_guard<Mutex> guard(own);
    if (finding.locks[0].name == "handler.a") ++calls;
  });
  OnThread([&] {
    std::lock_guard<Mutex> first(a);
    std::lock_guard<Mutex> second(b);
  });
  OnThread([&] {
    std::lock_guard<Mutex> first(b);
    std::lock_guard<Mutex> second(a);
  });
  SetPolicy(Policy::kReport);
  CHECK(calls == 1);
}

}  // namespace
}  // namespace lockdep
