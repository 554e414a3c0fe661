#include "lockdep/raw/raw_percpu_rw_sem.h"

#include <atomic>

#include "tests/catch.h"
#include "tests/lockdep/raw/threads.h"

namespace lockdep {
namespace {

TEST_CASE("percpu rwsem: writers exclude everybody and readers exclude writers", "[raw]") {
  RawPercpuRwSem lock;
  long value = 0;  // plain: ThreadSanitizer checks the ordering
  std::atomic<int> readers = 0, writers = 0;
  std::atomic<bool> overlapped = false;
  OnThreads(4, [&](int id) {
    for (int i = 0; i < 5'000; ++i) {
      if ((i + id) % 16 == 0) {
        if (i % 32 != 0) {
          lock.lock();
        } else if (!lock.try_lock()) {
          continue;
        }
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
  CHECK(value > 0);
  CHECK_FALSE(lock.is_locked());
}

TEST_CASE("percpu rwsem: an announced writer blocks new readers", "[raw]") {
  RawPercpuRwSem lock;
  lock.lock_shared();
  std::atomic<bool> wrote = false, read = false;
  std::thread writer([&] {
    lock.lock();
    wrote = true;
    lock.unlock();
  });
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

TEST_CASE("percpu rwsem: another thread may release a read lock", "[raw]") {
  RawPercpuRwSem lock;
  for (int i = 0; i < 100; ++i) {
    lock.lock_shared();
    OnThreads(1, [&](int) { lock.unlock_shared(); });
    REQUIRE(lock.try_lock());
    CHECK_FALSE(lock.try_lock_shared());
    CHECK_FALSE(lock.try_lock());
    CHECK(lock.unlock());
  }
  CHECK_FALSE(lock.unlock());
}

}  // namespace
}  // namespace lockdep
