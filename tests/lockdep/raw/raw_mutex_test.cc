#include "lockdep/raw/raw_mutex.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <type_traits>

#include "lockdep/raw/raw_recursive_mutex.h"
#include "lockdep/raw/raw_spin_lock.h"
#include "tests/catch.h"
#include "tests/lockdep/raw/threads.h"

namespace lockdep {
namespace {

using std::chrono::milliseconds;

static_assert(sizeof(RawMutex) == 4);
static_assert(sizeof(RawSpinLock) == 4);
static_assert(std::is_trivially_destructible_v<RawMutex>);

TEMPLATE_TEST_CASE("exclusive locks let one thread at a time in", "[raw]", RawMutex, RawSpinLock, RawRecursiveMutex) {
  TestType lock;
  long inside = 0, sum = 0;  // plain, so that ThreadSanitizer checks the ordering too
  std::atomic<bool> overlapped = false;
  OnThreads(4, [&](int) {
    for (int i = 0; i < 20'000; ++i) {
      lock.lock();
      if (++inside != 1) overlapped = true;
      ++sum;
      --inside;
      lock.unlock();
    }
  });
  CHECK_FALSE(overlapped);
  CHECK(sum == 4 * 20'000);
  CHECK_FALSE(lock.is_locked());
}

TEMPLATE_TEST_CASE("try_lock fails while another thread holds the lock", "[raw]", RawMutex, RawSpinLock,
                   RawRecursiveMutex) {
  TestType lock;
  REQUIRE(lock.try_lock());
  CHECK(lock.is_locked());
  bool got = true;
  OnThreads(1, [&](int) { got = lock.try_lock(); });
  CHECK_FALSE(got);
  lock.unlock();
  OnThreads(1, [&](int) {
    got = lock.try_lock();
    if (got) lock.unlock();
  });
  CHECK(got);
}

TEMPLATE_TEST_CASE("a timed lock gives up at its deadline and not before", "[raw]", RawMutex, RawRecursiveMutex) {
  TestType lock;
  lock.lock();
  const auto steady_end = std::chrono::steady_clock::now() + milliseconds(20);
  const auto system_end = std::chrono::system_clock::now() + milliseconds(20);
  bool got_steady = true, got_system = true, got_past = true;
  OnThreads(1, [&](int) {
    got_steady = lock.try_lock_until(Deadline::At(steady_end));
    CHECK(std::chrono::steady_clock::now() >= steady_end);
    got_system = lock.try_lock_until(Deadline::At(system_end));
    got_past = lock.try_lock_until(Deadline::In(milliseconds(-1)));
  });
  CHECK_FALSE(got_steady);
  CHECK_FALSE(got_system);
  CHECK(std::chrono::system_clock::now() >= system_end);
  CHECK_FALSE(got_past);
  lock.unlock();
  CHECK(lock.try_lock_until(Deadline::In(milliseconds(0))));
  lock.unlock();
}

TEST_CASE("a timed lock gets the lock when it is released in time", "[raw]") {
  RawMutex lock;
  lock.lock();
  std::atomic<bool> got = false;
  std::thread waiter([&] {
    got = lock.try_lock_until(Deadline::In(std::chrono::hours::max()));
    if (got) lock.unlock();
  });
  std::this_thread::sleep_for(milliseconds(5));
  lock.unlock();
  waiter.join();
  CHECK(got);
}

TEST_CASE("timed and plain waiters together lose no wake-up", "[raw]") {
  RawMutex lock;
  std::atomic<long> taken = 0;
  long sum = 0;
  OnThreads(4, [&](int id) {
    for (int i = 0; i < 5'000; ++i) {
      if (id % 2 == 0) {
        lock.lock();
      } else if (!lock.try_lock_until(Deadline::In(std::chrono::microseconds(i % 20)))) {
        continue;
      }
      ++sum;
      taken.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
    }
  });
  CHECK(sum == taken);
  CHECK(sum >= 2 * 5'000);
}

TEST_CASE("unlocking a free mutex leaves it free", "[raw]") {
  RawMutex lock;
  lock.unlock();
  CHECK_FALSE(lock.is_locked());
  CHECK(lock.try_lock());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
}

TEST_CASE("a mutex may be freed by its next owner as soon as it was unlocked", "[raw]") {
  // The reference-count pattern: whoever drops the last reference frees the mutex it has just held.
  for (int round = 0; round < 500; ++round) {
    struct Shared {
      RawMutex lock;
      int references = 2;
    };
    auto* shared = new Shared;
    OnThreads(2, [shared](int) {
      shared->lock.lock();
      const bool last = --shared->references == 0;
      shared->lock.unlock();
      if (last) delete shared;
    });
  }
  SUCCEED("AddressSanitizer and ThreadSanitizer judge it");
}

TEST_CASE("a recursive mutex is free after as many unlocks as locks", "[raw]") {
  RawRecursiveMutex lock;
  CHECK_FALSE(lock.IsMine());
  lock.lock();
  lock.lock();
  REQUIRE(lock.try_lock());
  CHECK(lock.count() == 3);
  const auto free_for_others = [&lock] {
    bool got = false;
    OnThreads(1, [&](int) {
      got = lock.try_lock();
      if (got) lock.unlock();
    });
    return got;
  };
  CHECK(lock.unlock());
  CHECK(lock.unlock());
  CHECK(lock.IsMine());
  CHECK_FALSE(free_for_others());
  CHECK(lock.unlock());
  CHECK_FALSE(lock.IsMine());
  CHECK(free_for_others());
  CHECK_FALSE(lock.unlock());
}

TEST_CASE("a recursive mutex is not unlocked by a thread that does not own it", "[raw]") {
  RawRecursiveMutex lock;
  lock.lock();
  bool unlocked = true;
  OnThreads(1, [&](int) { unlocked = lock.unlock(); });
  CHECK_FALSE(unlocked);
  CHECK(lock.IsMine());
  lock.unlock();
}

TEST_CASE("a deadline keeps its clock and clamps what no clock can reach", "[raw]") {
  const auto steady = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(1'999'999'999));
  const Deadline deadline = Deadline::At(steady);
  CHECK(deadline.clock == CLOCK_MONOTONIC);
  CHECK(deadline.at.tv_sec == 1);
  CHECK(deadline.at.tv_nsec == 999'999'999);
  CHECK(Deadline::At(std::chrono::system_clock::now()).clock == CLOCK_REALTIME);
  CHECK(Deadline::At(std::chrono::steady_clock::time_point::min()).at.tv_sec == 0);
  CHECK(Deadline::At(std::chrono::steady_clock::time_point::max()).at.tv_sec > 1'000'000'000);
  CHECK(Deadline::In(std::chrono::hours::max()).at.tv_sec > 1'000'000'000);
  CHECK(Deadline::In(std::chrono::duration<double>(1e300)).at.tv_sec > 1'000'000'000);
  CHECK(Deadline::In(std::chrono::seconds(-5)).at.tv_sec == 0);
  using SystemSeconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<double>>;
  const Deadline fraction = Deadline::At(SystemSeconds(std::chrono::duration<double>(10.25)));
  CHECK(fraction.at.tv_sec == 10);
  CHECK(fraction.at.tv_nsec == 250'000'000);
}

}  // namespace
}  // namespace lockdep
