#include "lockdep/raw/raw_condition.h"

#include <chrono>
#include <deque>

#include "lockdep/raw/raw_mutex.h"
#include "tests/catch.h"
#include "tests/lockdep/raw/threads.h"

namespace lockdep {
namespace {

TEST_CASE("producers and consumers that wait for each other all finish", "[raw]") {
  constexpr int kItems = 5'000;
  constexpr std::size_t kRoom = 4;
  RawMutex mutex;
  RawCondition not_empty, not_full;
  std::deque<int> queue;
  long sum = 0;
  OnThreads(4, [&](int id) {
    for (int i = 1; i <= kItems; ++i) {
      mutex.lock();
      if (id % 2 == 0) {
        while (queue.size() == kRoom) not_full.Wait(mutex);
        queue.push_back(i);
        not_empty.notify_one();
      } else {
        while (queue.empty()) not_empty.Wait(mutex);
        sum += queue.front();
        queue.pop_front();
        not_full.notify_one();
      }
      mutex.unlock();
    }
  });
  CHECK(queue.empty());
  CHECK(sum == 2L * kItems * (kItems + 1) / 2);
}

TEST_CASE("notify_all wakes every waiter", "[raw]") {
  RawMutex mutex;
  RawCondition condition;
  bool go = false;
  int waiting = 0, woken = 0;
  std::thread notifier([&] {
    const bool all_wait = Eventually([&] {
      mutex.lock();
      const bool all = waiting == 3;
      mutex.unlock();
      return all;
    });
    mutex.lock();
    go = all_wait;
    mutex.unlock();
    condition.notify_all();
  });
  OnThreads(3, [&](int) {
    mutex.lock();
    ++waiting;
    while (!go) condition.Wait(mutex);
    ++woken;
    mutex.unlock();
  });
  notifier.join();
  CHECK(woken == 3);
}

TEST_CASE("a notification between ticket and sleep is not lost", "[raw]") {
  RawCondition condition;
  const std::uint32_t ticket = condition.Ticket();
  condition.notify_one();
  const Deadline deadline = Deadline::In(std::chrono::seconds(10));
  CHECK(condition.Sleep(ticket, &deadline));
}

TEST_CASE("a wait that nobody notifies ends at its deadline with the mutex locked", "[raw]") {
  RawMutex mutex;
  RawCondition condition;
  mutex.lock();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  const Deadline deadline = Deadline::At(end);
  bool in_time = true;
  while (in_time) in_time = condition.Wait(mutex, &deadline);
  CHECK(std::chrono::steady_clock::now() >= end);
  CHECK(mutex.is_locked());
  mutex.unlock();
}

}  // namespace
}  // namespace lockdep
