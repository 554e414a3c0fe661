#include "lockdep/wait_for.h"

#include <atomic>
#include <barrier>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace lockdep {
namespace {

constexpr Mode kW = Mode::kExclusive;
constexpr Mode kR = Mode::kShared;
constexpr Kind kBlocking = Kind::kBlocking;
using Runners = std::vector<Runner>;

struct Table : WaitFor {
  explicit Table(std::vector<LockType> types, int threads) : WaitFor(std::move(types)) {
    for (int i = 0; i < threads; ++i) AddThread();
  }
};

TEST_CASE("the wait that closes a cycle says so, and none before", "[lockdep][wait_for]") {
  Table table({LockType::kMutex, LockType::kMutex, LockType::kMutex}, 3);
  for (Runner i = 0; i < 3; ++i) table.Take(i, i, kW, kBlocking, 0);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
  CHECK(table.Wait(1, 2, kW, kBlocking, 0).empty());
  CHECK(table.Wait(2, 0, kW, kBlocking, 0) == Runners{2, 0, 1});
}

TEST_CASE("a wait for what one holds oneself is a cycle of one", "[lockdep][wait_for]") {
  Table table({LockType::kMutex, LockType::kRecursiveMutex}, 1);
  table.Take(0, 0, kW, kBlocking, 0);
  CHECK(table.Wait(0, 0, kW, kBlocking, 0) == Runners{0});
  table.StopWaiting(0);
  table.Take(0, 1, kW, kBlocking, 0);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
}

TEST_CASE("a lock that was released or got is waited for no more", "[lockdep][wait_for]") {
  Table table({LockType::kMutex, LockType::kMutex}, 2);
  table.Take(0, 0, kW, kBlocking, 0);
  CHECK(table.Wait(1, 0, kW, kBlocking, 0).empty());
  table.Release(0, 0);
  table.Got(1);
  CHECK(table.View()[1].holds.size() == 1);
  CHECK(table.View()[1].waits == WaitFor::Waits::kNot);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
  table.Got(0);
  CHECK(table.Wait(1, 1, kW, kBlocking, 0).empty());
  CHECK(table.Wait(0, 0, kW, kBlocking, 0) == Runners{0, 1});
}

TEST_CASE("readers do not wait for readers, writers wait for both", "[lockdep][wait_for]") {
  Table table({LockType::kRwSem, LockType::kRwSem}, 2);
  table.Take(0, 0, kR, kBlocking, 0);
  table.Take(1, 1, kR, kBlocking, 0);
  CHECK(table.Wait(0, 1, kR, kBlocking, 0).empty());
  CHECK(table.Wait(1, 0, kR, kBlocking, 0).empty());
  CHECK(table.Suspect().threads.empty());
  table.StopWaiting(0);
  table.StopWaiting(1);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
  CHECK(table.Wait(1, 0, kW, kBlocking, 0) == Runners{1, 0});
}

TEST_CASE("a cycle through a waiting writer is suspected, not certain", "[lockdep][wait_for]") {
  Table table({LockType::kRwSem, LockType::kMutex}, 3);
  table.Take(0, 0, kR, kBlocking, 0);
  table.Take(1, 1, kW, kBlocking, 0);
  CHECK(table.Wait(2, 0, kW, kBlocking, 0).empty());
  CHECK(table.Wait(1, 0, kR, kBlocking, 0).empty());
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
  const WaitFor::Suspicion suspicion = table.Suspect();
  CHECK(suspicion.threads.size() == 3);
  CHECK(table.Suspect() == suspicion);
  // The reader was let in after all, and comes back: another wait.
  table.Got(1);
  CHECK(table.Suspect().threads.empty());
  table.Release(1, 0);
  CHECK(table.Wait(1, 0, kR, kBlocking, 0).empty());
  CHECK_FALSE(table.Suspect() == suspicion);
}

TEST_CASE("a wait that ends by itself closes no cycle", "[lockdep][wait_for]") {
  Table table({LockType::kMutex, LockType::kMutex}, 2);
  table.Take(0, 0, kW, kBlocking, 0);
  table.Take(1, 1, kW, kBlocking, 0);
  CHECK(table.Wait(0, 1, kW, Kind::kTimed, 0).empty());
  CHECK(table.Wait(1, 0, kW, kBlocking, 0).empty());
  table.StopWaiting(0);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0) == Runners{0, 1});
}

TEST_CASE("the end of a thread is waited for like a lock", "[lockdep][wait_for]") {
  Table table({LockType::kMutex}, 3);
  table.Take(0, 0, kW, kBlocking, 0);
  CHECK(table.WaitForEnd(0, {1, 2}, 0).empty());
  table.End(2);
  CHECK(table.Wait(1, 0, kW, kBlocking, 0) == Runners{1, 0});
  CHECK(table.View()[2].ended);
}

TEST_CASE("an event is waited for from nobody", "[lockdep][wait_for]") {
  Table table({LockType::kMutex}, 2);
  table.Take(0, 0, kW, kBlocking, 7);
  table.WaitForEvent(0, 9);
  CHECK(table.Wait(1, 0, kW, kBlocking, 0).empty());
  const std::vector<WaitFor::ThreadView> view = table.View();
  CHECK(view[0].waits == WaitFor::Waits::kEvent);
  CHECK(view[0].place == 9);
  CHECK(view[0].holds[0].place == 7);
  CHECK(view[1].blockers.size() == 1);
}

TEST_CASE("a downgrade lets readers go on", "[lockdep][wait_for]") {
  Table table({LockType::kRwSem, LockType::kMutex}, 2);
  table.Take(0, 0, kW, kBlocking, 0);
  table.Downgrade(0, 0);
  table.Take(1, 1, kW, kBlocking, 0);
  CHECK(table.Wait(0, 1, kW, kBlocking, 0).empty());
  CHECK(table.Wait(1, 0, kR, kBlocking, 0).empty());
}

// Threads that take two of four locks in random orders, for real: whatever happens, the table finds a
// cycle if and only if they stop.
TEST_CASE("among real threads a cycle is found exactly when they hang", "[lockdep][wait_for]") {
  constexpr int kThreads = 3;
  constexpr int kLocks = 4;
  const std::uint64_t seed = 20260611;
  CAPTURE(seed);
  for (int round = 0; round < 40; ++round) {
    const bool ordered = round % 2 == 0;
    const bool ring = round % 4 == 1;  // each holds one lock before any wants the next: a sure hang
    std::barrier all_hold_one(kThreads);
    Table table(std::vector<LockType>(kLocks, LockType::kMutex), kThreads);
    std::vector<std::timed_mutex> locks(kLocks);
    std::atomic<bool> hung = false;
    std::atomic<int> running = kThreads;
    const auto take = [&](Runner self, int lock) {
      if (!table.Wait(self, lock, kW, kBlocking, 0).empty()) hung = true;
      // By the system's clock: pthread_mutex_clocklock is not known to older ThreadSanitizers.
      const auto soon = [] { return std::chrono::system_clock::now() + std::chrono::milliseconds(5); };
      while (!locks[static_cast<std::size_t>(lock)].try_lock_until(soon())) {
        if (hung) return false;
      }
      table.Got(self);
      return true;
    };
    const auto release = [&](Runner self, int lock) {
      table.Release(self, lock);
      locks[static_cast<std::size_t>(lock)].unlock();
    };
    std::vector<std::thread> threads;
    for (Runner self = 0; self < kThreads; ++self) {
      threads.emplace_back([&, self] {
        std::mt19937_64 random(seed + static_cast<std::uint64_t>(round) * 100 + self);
        for (int i = 0; i < 2000; ++i) {
          int first = static_cast<int>(random() % kLocks);
          int second = (first + 1 + static_cast<int>(random() % (kLocks - 1))) % kLocks;
          if (ordered && first > second) std::swap(first, second);
          if (ring) {
            first = static_cast<int>(self);
            second = (first + 1) % kThreads;
          }
          if (!take(self, first)) break;
          if (ring) all_hold_one.arrive_and_wait();
          const bool both = take(self, second);
          if (both) release(self, second);
          release(self, first);
          if (!both || ring) break;
        }
        --running;
      });
    }
    // Nobody stops without a cycle: the loops would not end.
    for (std::thread& thread : threads) thread.join();
    CHECK(running == 0);
    if (ordered) CHECK_FALSE(hung);
    if (ring) CHECK(hung);
  }
}

}  // namespace
}  // namespace lockdep
