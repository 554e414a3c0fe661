// Real threads that wait, seen from outside.  Those that hang stay so: their locks live as long as the process.
#include "lockdep/blocked_threads.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lockdep/hang.h"
#include "lockdep/lockdep.h"
#include "lockdep/own_mutex.h"
#include "tests/catch.h"

namespace lockdep {
namespace {

using std::chrono::milliseconds;

// Several threads that are watched; each knows when the others have come so far.
class Threads {
 public:
  void Start(const std::string& name, std::function<void(Threads&)> body) {
    const std::size_t before = watched().size();
    std::thread([this, name, body = std::move(body)] {
      const WatchedThread self = WatchThisThread(name, "role of " + name);
      {
        OwnMutexLock guard(mutex_);
        watched_.push_back(self);
      }
      body(*this);
      ++ended_;
      // It must not end while it is looked at.
      std::this_thread::sleep_for(std::chrono::hours(1));
    }).detach();
    while (watched().size() == before) std::this_thread::sleep_for(milliseconds(1));
  }
  // Comes to the meeting and waits there until `count` threads have.
  void Meet(int count) {
    ++met_;
    while (met_ < count) std::this_thread::sleep_for(milliseconds(1));
  }
  std::vector<WatchedThread> watched() {
    OwnMutexLock guard(mutex_);
    return watched_;
  }
  int ended() const { return ended_; }
  // The first look for which it is so; the last one if it never is.
  BlockedThreads LookUntil(const std::function<bool(const BlockedThreads&)>& is_so) {
    for (int i = 0; i < 2000; ++i) {
      BlockedThreads look(watched());
      if (is_so(look)) return look;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return BlockedThreads(watched());
  }

 private:
  OwnMutex mutex_;
  std::vector<WatchedThread> watched_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> met_{0};
  std::atomic<int> ended_{0};
};

// Never freed, because their threads never end.
template <class T>
T& Forever(const char* name) {
  return *new T(name);
}
Threads& ForeverThreads() {
  SetPolicy(Policy::kIgnore);
  return *new Threads;
}

bool HasCycle(const BlockedThreads& look) { return !look.cycle().empty(); }

std::vector<std::string> HangsIn(const BlockedThreads& look) {
  const auto doing = [](int) { return BlockedThreads::Doing{{"x.workload", 7, "", {}, {}}, "does it"}; };
  std::vector<std::string> texts;
  for (const Finding& hang : Hangs(look.Describe(look.cycle(), doing), "test", "on real threads")) {
    texts.push_back(Summary(hang));
  }
  return texts;
}

using Strings = std::vector<std::string>;

TEST_CASE("threads that want each other's mutexes are seen to hang", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& a = Forever<Mutex>("a");
  auto& b = Forever<Mutex>("b");
  threads.Start("t1", [&](Threads& all) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { a.lock(), all.Meet(2), b.lock(); });
  threads.Start("t2", [&](Threads& all) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { b.lock(), all.Meet(2), a.lock(); });
  const BlockedThreads look = threads.LookUntil(HasCycle);
  REQUIRE(look.cycle().size() == 2);
  CHECK(HangsIn(look) == Strings{"hang a -> b, verdict real"});
  const auto doing = [](int) { return BlockedThreads::Doing{{"x.workload", 7, "", {}, {}}, "does it"}; };
  const Snapshot snapshot = look.Describe(look.cycle(), doing);
  CHECK(snapshot.threads[0].role == "role of " + snapshot.threads[0].thread);
  CHECK(snapshot.threads[0].at.line == 7);
  CHECK(snapshot.threads[0].held[0].mode == Mode::kExclusive);
  // Nobody runs any more, so it stands; beside a look that saw none, nothing stands.
  CHECK(threads.LookUntil(HasCycle).StandsSince(look));
  CHECK_FALSE(look.StandsSince(BlockedThreads({})));
}

TEST_CASE("a reader behind a waiting writer is seen to wait for it", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& s = Forever<PercpuRwSem>("s");
  auto& m = Forever<Mutex>("m");
  static std::atomic<bool> writer_waits{false};
  threads.Start("r1", [&](Threads& all) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    s.lock_shared(), all.Meet(2);
    while (!writer_waits) std::this_thread::sleep_for(milliseconds(1));
    m.lock();
  });
  threads.Start("r2", [&](Threads& all) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    m.lock(), all.Meet(2);
    while (!writer_waits) std::this_thread::sleep_for(milliseconds(1));
    s.lock_shared();
  });
  threads.Start("w", [&](Threads& all) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { all.Meet(2), s.lock(); });
  threads.LookUntil([](const BlockedThreads& look) { return look.all() == std::vector<int>{2}; });
  writer_waits = true;
  const BlockedThreads look = threads.LookUntil(HasCycle);
  CHECK(look.cycle().size() == 3);
  CHECK(HangsIn(look) == Strings{"hang m -> s, verdict real"});
}

TEST_CASE("a file that is drained under its own method is seen to hang", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& l = Forever<RwLock>("l");
  threads.Start("t", [&](Threads&) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { l.lock_shared(), l.lock(); });
  const BlockedThreads look = threads.LookUntil(HasCycle);
  CHECK(look.cycle() == std::vector<int>{0});
}

TEST_CASE("who waits for a thread that still runs is in no cycle", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& a = Forever<Mutex>("a");
  threads.Start("holder", [&](Threads& all) {
    MutexLock guard(a);
    all.Meet(2);
    std::this_thread::sleep_for(milliseconds(300));
  });
  threads.Start("waiter", [&](Threads& all) {
    all.Meet(2);
    MutexLock guard(a);
  });
  bool waits = false;
  while (threads.ended() < 2) {
    const BlockedThreads look(threads.watched());
    CHECK(look.cycle().empty());
    waits = waits || look.all() == std::vector<int>{1};
  }
  CHECK(waits);
}

TEST_CASE("waits that end by themselves are no hang", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& a = Forever<Mutex>("a");
  auto& b = Forever<Mutex>("b");
  threads.Start("t1", [&](Threads& all) {
    MutexLock guard(a);
    all.Meet(2);
    if (b.try_lock_for(milliseconds(300))) b.unlock();
  });
  threads.Start("t2", [&](Threads& all) {
    MutexLock guard(b);
    all.Meet(2);
    if (a.try_lock_for(milliseconds(400))) a.unlock();
  });
  while (threads.ended() < 2) CHECK_FALSE(HasCycle(BlockedThreads(threads.watched())));
}

TEST_CASE("who waits for an event waits for nobody in particular", "[blocked]") {
  Threads& threads = ForeverThreads();
  auto& done = Forever<Completion>("done");
  threads.Start("t", [&](Threads&) { done.Wait(); });
  const BlockedThreads look = threads.LookUntil([](const BlockedThreads& each) { return !each.all().empty(); });
  CHECK(look.cycle().empty());
  const Snapshot snapshot = look.Describe({0}, [](int) { return BlockedThreads::Doing{}; });
  CHECK(snapshot.objects[0].name == "done");
  CHECK(snapshot.objects[0].type == LockType::kCompletion);
  done.Complete();
  threads.LookUntil([&](const BlockedThreads& each) { return each.all().empty() && threads.ended() == 1; });
  CHECK(threads.ended() == 1);
}

TEST_CASE("threads that only contend are never seen in a cycle", "[blocked]") {
  // Two threads that take two mutexes in one order: each look may see what it likes, but never a cycle.
  Threads& threads = ForeverThreads();
  auto& a = Forever<Mutex>("a");
  auto& b = Forever<Mutex>("b");
  static std::atomic<bool> enough{false};
  for (const char* name : {"t1", "t2"}) {
    threads.Start(name, [&](Threads&) {
      while (!enough) {
        MutexLock first(a);
        MutexLock second(b);
      }
    });
  }
  for (int looks = 0; looks < 1000; ++looks) CHECK_FALSE(HasCycle(BlockedThreads(threads.watched())));
  enough = true;
}

}  // namespace
}  // namespace lockdep
