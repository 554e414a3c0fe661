#include "lockdep/chain_set.h"

#include <atomic>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

TEST_CASE("the set holds what was inserted, and nothing else", "[lockdep][chain_set]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  ChainSet set;
  std::set<std::uint64_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    // Small keys collide in the table, large ones are what mixing gives.
    const std::uint64_t key = random() % 2 == 0 ? 1 + random() % 30'000 : random();
    REQUIRE(set.Insert(key) == expected.insert(key).second);
  }
  CHECK(set.size() == expected.size());
  for (const std::uint64_t key : expected) REQUIRE(set.Contains(key));
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = 30'001 + random() % 30'000;
    REQUIRE(set.Contains(key) == expected.contains(key));
  }
}

TEST_CASE("readers see every key whose insertion they know of, while the set grows", "[lockdep][chain_set]") {
  constexpr std::uint64_t kKeys = 50'000;
  ChainSet set;
  std::atomic<std::uint64_t> inserted{0};
  std::atomic<std::uint64_t> missing{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      std::uint64_t seen = 0;
      while (seen < kKeys) {
        seen = inserted.load(std::memory_order_acquire);
        for (std::uint64_t key = seen > 100 ? seen - 100 : 1; key <= seen; ++key) {
          if (!set.Contains(key * 0x9e3779b97f4a7c15ULL)) ++missing;
        }
      }
    });
  }
  for (std::uint64_t key = 1; key <= kKeys; ++key) {
    set.Insert(key * 0x9e3779b97f4a7c15ULL);
    inserted.store(key, std::memory_order_release);
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(missing == 0);
}

}  // namespace
}  // namespace lockdep
