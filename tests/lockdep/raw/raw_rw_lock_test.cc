#include "lockdep/raw/raw_rw_lock.h"

#include <atomic>
#include <chrono>

#include "tests/catch.h"
#include "tests/lockdep/raw/threads.h"

namespace lockdep {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

static_assert(sizeof(RawRwSem) == 4);

TEMPLATE_TEST_CASE("writers exclude everybody and readers exclude writers", "[raw]", RawRwSem, RawRwLock) {
  TestType lock;
  long value = 0;  // plain: ThreadSanitizer checks the ordering
  std::atomic<int> readers = 0, writers = 0;
  std::atomic<bool> overlapped = false;
  OnThreads(4, [&](int id) {
    for (int i = 0; i < 10'000; ++i) {
      if ((i + id) % 4 == 0) {
        lock.lock();
        if (writers.fetch_add(1) != 0 || readers.load() != 0) overlapped = true;
        ++value;
        writers.fetch_sub(1);
        lock.unlock();
      } else {
        lock.lock_shared();
        readers.fetch_add(1);
        if (writers.load() != 0 || value < 0) overlapped = true;
        readers.fetch_sub(1);
        lock.unlock_shared();
      }
    }
  });
  CHECK_FALSE(overlapped);
  CHECK(value == 10'000);
  CHECK_FALSE(lock.is_locked());
}

TEMPLATE_TEST_CASE("waiters of every sort together lose no wake-up", "[raw]", RawRwSem, RawRwLock) {
  TestType lock;
  long value = 0;
  std::atomic<long> written = 0;
  OnThreads(6, [&](int id) {
    for (int i = 0; i < 4'000; ++i) {
      const Deadline soon = Deadline::In(microseconds(i % 30));
      switch ((id + i / 64) % 6) {
        case 0:
          lock.lock();
          ++value;
          written.fetch_add(1, std::memory_order_relaxed);
          lock.unlock();
          break;
        case 1:
          if (lock.try_lock_until(soon)) {
            ++value;
            written.fetch_add(1, std::memory_order_relaxed);
            lock.downgrade();
            lock.unlock_shared();
          }
          break;
        case 2:
          if (lock.try_lock_shared_until(soon)) lock.unlock_shared();
          break;
        case 3:
          if (lock.try_lock()) lock.unlock();
          break;
        default: lock.lock_shared(); lock.unlock_shared();
      }
    }
  });
  CHECK(value == written);
  CHECK_FALSE(lock.is_locked());
  CHECK(lock.try_lock());
  lock.unlock();
}

TEST_CASE("a waiting writer blocks new readers of a rwsem", "[raw]") {
  RawRwSem lock;
  lock.lock_shared();
  std::atomic<bool> wrote = false, read = false;
  std::thread writer([&] {
    lock.lock();
    wrote = true;
    lock.unlock();
  });
  // Readers are let in until the writer waits.
  REQUIRE(Eventually([&] {
    if (!lock.try_lock_shared()) return true;
    lock.unlock_shared();
    return false;
  }));
  std::thread reader([&] {
    lock.lock_shared();
    read = true;
    lock.unlock_shared();
  });
  CHECK(NotForAWhile([&] { return read || wrote; }));
  lock.unlock_shared();
  writer.join();
  reader.join();
  CHECK(wrote);
  CHECK(read);
}

TEST_CASE("a waiting writer does not block readers of a rwlock, so reads nest", "[raw]") {
  RawRwLock lock;
  lock.lock_shared();
  std::atomic<bool> wrote = false;
  std::thread writer([&] {
    lock.lock();
    wrote = true;
    lock.unlock();
  });
  CHECK(NotForAWhile([&] {
    lock.lock_shared();
    lock.unlock_shared();
    return wrote.load();
  }));
  lock.unlock_shared();
  writer.join();
  CHECK(wrote);
}

TEST_CASE("readers that queued behind a writer go on when it gives up", "[raw]") {
  RawRwSem lock;
  lock.lock_shared();
  std::atomic<bool> gave_up = false;
  std::thread writer([&] { gave_up = !lock.try_lock_until(Deadline::In(milliseconds(50))); });
  REQUIRE(Eventually([&] {
    if (!lock.try_lock_shared()) return true;
    lock.unlock_shared();
    return gave_up.load();
  }));
  OnThreads(2, [&](int) {
    lock.lock_shared();  // hangs for ever if the writer forgets them
    lock.unlock_shared();
  });
  writer.join();
  CHECK(gave_up);
  lock.unlock_shared();
  CHECK_FALSE(lock.is_locked());
}

TEMPLATE_TEST_CASE("downgrade lets readers in but no writer", "[raw]", RawRwSem, RawRwLock) {
  TestType lock;
  lock.lock();
  std::atomic<int> in = 0;
  std::thread reader([&] {
    lock.lock_shared();
    in = 1;
    lock.unlock_shared();
  });
  CHECK(NotForAWhile([&] { return in != 0; }));
  CHECK(lock.downgrade());
  reader.join();
  CHECK(in == 1);
  CHECK_FALSE(lock.try_lock());
  CHECK(lock.unlock_shared());
  CHECK_FALSE(lock.is_locked());
  CHECK_FALSE(lock.downgrade());
}

TEMPLATE_TEST_CASE("timed acquisitions give up at their deadline", "[raw]", RawRwSem, RawRwLock) {
  TestType lock;
  lock.lock();
  const auto end = std::chrono::steady_clock::now() + milliseconds(10);
  bool got = true, got_shared = true;
  OnThreads(1, [&](int) {
    got = lock.try_lock_until(Deadline::At(end));
    got_shared = lock.try_lock_shared_until(Deadline::At(end));
  });
  CHECK_FALSE(got);
  CHECK_FALSE(got_shared);
  CHECK(std::chrono::steady_clock::now() >= end);
  lock.unlock();
}

TEMPLATE_TEST_CASE("an unlock without a lock has no effect", "[raw]", RawRwSem, RawRwLock) {
  TestType lock;
  CHECK_FALSE(lock.unlock());
  CHECK_FALSE(lock.unlock_shared());
  lock.lock_shared();
  CHECK_FALSE(lock.unlock());
  CHECK(lock.is_locked());
  CHECK_FALSE(lock.is_locked_exclusively());
  CHECK(lock.unlock_shared());
  lock.lock();
  CHECK_FALSE(lock.unlock_shared());
  CHECK(lock.is_locked_exclusively());
  CHECK(lock.unlock());
  CHECK_FALSE(lock.is_locked());
}

TEST_CASE("at the limit of readers one more is refused until one leaves", "[raw]") {
  RawRwLock lock;
  for (std::uint32_t i = 0; i < RawRwLock::kReadersMax; ++i) lock.lock_shared();
  CHECK_FALSE(lock.try_lock_shared());
  std::atomic<bool> in = false;
  std::thread reader([&] {
    lock.lock_shared();
    in = true;
  });
  CHECK(NotForAWhile([&] { return in.load(); }));
  CHECK(lock.unlock_shared());
  reader.join();
  for (std::uint32_t i = 0; i < RawRwLock::kReadersMax; ++i) lock.unlock_shared();
  CHECK_FALSE(lock.is_locked());
}

}  // namespace
}  // namespace lockdep
