#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/key_table.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/real.h"
#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep::preload {

// Nothing here stands in front of another function.
constinit RealFunctions real_functions{};
constinit std::atomic<bool> real_known{true};
void LookUpReal() {}

namespace {

constexpr std::uintptr_t kBase = std::uintptr_t{1} << 40;  // nothing is there, and nothing looks

std::vector<std::uintptr_t> LocksIn(std::uintptr_t begin, std::uintptr_t end) {
  std::set<std::uintptr_t> found;
  ForLocksIn(begin, end, [&](const LockSlot* slot) { found.insert(slot->address.load()); });
  return {found.begin(), found.end()};
}

TEST_CASE("a key table counts each key by itself", "[preload]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  KeyTable table;
  std::map<std::uint64_t, std::uint32_t> expected;
  CHECK(table.Find(7) == 0);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = random() % 2 == 0 ? 1 + random() % 5'000 : random() | 1;
    const ColdSection section;
    REQUIRE(table.Count(key) == ++expected[key]);
  }
  for (const auto& [key, count] : expected) REQUIRE(table.Find(key) == count);
  CHECK(table.Find(5'001 + (std::uint64_t{1} << 40)) == 0);
  table.Clear();
  CHECK(table.Find(expected.begin()->first) == 0);
}

TEST_CASE("a lock is found by address and by number until it ends, and never again", "[preload]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::map<std::uintptr_t, LockId> expected;
  std::set<LockId> ids;
  for (int i = 0; i < 30'000; ++i) {
    const std::uintptr_t address = kBase + random() % 4'000 * 8;
    const ColdSection section;
    LockSlot* const slot = FindLockExactly(address);
    REQUIRE((slot != nullptr) == expected.contains(address));
    if (slot == nullptr) {
      LockSlot* const added = AddLock(address, {}, {}, 1);
      REQUIRE(added != nullptr);
      REQUIRE(ids.insert(added->id).second);  // numbers are never used again
      expected[address] = added->id;
    } else {
      REQUIRE(slot->id == expected[address]);
      REQUIRE(FindLockById(slot->id) == slot);
      const LockId id = slot->id;
      EndLock(slot);
      expected.erase(address);
      REQUIRE(FindLockById(id) == nullptr);
      REQUIRE(FindLock(address) == nullptr);
    }
  }
  CHECK(LiveLocks() == expected.size());

  // Ranges, small and large, against a plain list.
  for (int i = 0; i < 200; ++i) {
    const std::uintptr_t begin = kBase + random() % 33'000;
    const std::uintptr_t end = begin + 1 + random() % (i % 2 == 0 ? 300 : 1'000'000);
    std::vector<std::uintptr_t> inside;
    for (auto it = expected.lower_bound(begin); it != expected.end() && it->first < end; ++it)
      inside.push_back(it->first);
    const ColdSection section;
    REQUIRE(LocksIn(begin, end) == inside);
    if (!inside.empty()) REQUIRE(MayHaveLocks(begin, end - begin));
  }
  const ColdSection section;
  ForLocksIn(kBase, kBase + 40'000, EndLock);
  CHECK(LiveLocks() == 0);
  CHECK_FALSE(MayHaveLocks(kBase * 2, 64));
}

TEST_CASE("who looks without the lock may miss one, but never finds a wrong one", "[preload]") {
  constexpr int kLocks = 64;
  std::atomic<bool> stop{false};
  std::atomic<int> found{0};
  std::thread reader([&] {
    for (int i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      const std::uintptr_t address = kBase * 3 + static_cast<std::uintptr_t>(i % kLocks) * 8;
      const LockSlot* const slot = FindLock(address);
      // It may have ended since, and lie elsewhere: then it says so.
      if (slot != nullptr && slot->address.load(std::memory_order_acquire) == address) ++found;
    }
  });
  for (int round = 0; round < 2'000 || found.load() == 0; ++round) {
    for (int i = 0; i < kLocks; ++i) {
      const ColdSection section;
      const std::uintptr_t address = kBase * 3 + static_cast<std::uintptr_t>(i) * 8;
      LockSlot* const slot = FindLockExactly(address);
      if (slot == nullptr) {
        AddLock(address, {}, {}, 1);
      } else {
        EndLock(slot);
      }
    }
  }
  stop = true;
  reader.join();
  CHECK(found.load() > 0);
}

TEST_CASE("a cold section leaves errno and the signal mask as they were", "[preload]") {
  sigset_t before;
  sigset_t inside;
  sigset_t after;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  errno = 42;
  {
    const ColdSection section;
    pthread_sigmask(SIG_BLOCK, nullptr, &inside);
    errno = 7;
  }
  CHECK(errno == 42);
  pthread_sigmask(SIG_BLOCK, nullptr, &after);
  CHECK(sigismember(&inside, SIGUSR1) == 1);
  CHECK(sigismember(&inside, SIGSEGV) == 0);
  CHECK(sigismember(&before, SIGUSR1) == sigismember(&after, SIGUSR1));
}

TEST_CASE("a gate is found where its address is, also at that of a lock, and at an odd one", "[preload]") {
  const std::uintptr_t at = kBase + (std::uintptr_t{1} << 30);
  const ColdSection section;
  LockTraits traits;
  traits.flags = recording::LockRecord::kGate;
  LockSlot* const lock = AddLock(at, {}, {}, 1);
  LockSlot* const gate = AddLock(at | kGateKey, traits, {}, 1);
  LockSlot* const odd = AddLock((at + 3) | kGateKey, traits, {}, 1);
  CHECK(FindLockExactly(at) == lock);
  CHECK(FindLockExactly(at | kGateKey) == gate);
  CHECK(odd->Place() == at + 3);
  CHECK(MayHaveLocks(at, 8));
  std::set<LockSlot*> found;
  ForLocksIn(at, at + 8, [&](LockSlot* slot) { found.insert(slot); });
  CHECK(found == std::set<LockSlot*>{lock, gate, odd});
  ForLocksIn(at, at + 8, EndLock);
  CHECK(FindLockExactly((at + 3) | kGateKey) == nullptr);
}

}  // namespace
}  // namespace lockdep::preload
