#include "lockdep/held_locks.h"

#include <random>
#include <set>
#include <vector>

#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

constexpr How kPlain = How::Of(Mode::kExclusive);

void Take(HeldLocks& held, LockId lock, How how = kPlain, Site site = 1) {
  const Request request{lock, how, 0, site};
  held.Push(request, held.KeyOf(request));
}

TEST_CASE("a chain's key tells order, mode, kind, subclass, site, nest lock and role apart", "[lockdep][held_locks]") {
  std::set<std::uint64_t> keys;
  for (const std::uint64_t role : {11, 12}) {
    for (const std::vector<LockId>& below : {std::vector<LockId>{}, {1}, {2}, {1, 2}, {2, 1}}) {
      HeldLocks held(role);
      for (const LockId lock : below) Take(held, lock);
      for (const How how : {kPlain, How::Of(Mode::kShared), How::Of(Mode::kRecursiveShared),
                            How::Of(Mode::kExclusive, Kind::kTrylock), How::Of(Mode::kExclusive, Kind::kTimed),
                            How::Of(Mode::kExclusive, Kind::kBlocking, 3), kPlain.with_class_version(1)}) {
        for (const Site site : {100, 101}) {
          for (const LockId nest : {0, 9}) keys.insert(held.KeyOf({7, how, nest, site}));
        }
      }
    }
  }
  CHECK(keys.size() == std::size_t{2} * 5 * 7 * 2 * 2);
}

TEST_CASE("the first plain lock needs no look-up, a lock that can be shared does", "[lockdep][held_locks]") {
  HeldLocks held(1);
  CHECK(held.Known(held.KeyOf({1, kPlain, 0, 0}), kPlain));
  const How shared = How::Of(Mode::kShared).with_tracked();
  CHECK_FALSE(held.Known(held.KeyOf({1, shared, 0, 0}), shared));
  Take(held, 1);
  const std::uint64_t key = held.KeyOf({2, kPlain, 0, 0});
  CHECK_FALSE(held.Known(key, kPlain));
  held.Remember(key);
  CHECK(held.Known(key, kPlain));
  held.PopTop();
  held.set_track_first(true);
  CHECK_FALSE(held.Known(held.KeyOf({1, kPlain, 0, 0}), kPlain));
}

TEST_CASE("a context on top starts its chains anew and gives back those below", "[lockdep][held_locks]") {
  HeldLocks held(1);
  Take(held, 1);
  const std::uint64_t outside = held.KeyOf({2, kPlain, 0, 0});
  const HeldLocks::Saved saved = held.EnterContext(5);
  CHECK(held.Find(1) == -1);
  CHECK(held.Find(1, /*any_context=*/true) == 0);
  const std::uint64_t inside = held.KeyOf({2, kPlain, 0, 0});
  CHECK(inside != outside);
  Take(held, 2);
  held.CheckInvariants();
  held.PopTop();
  held.LeaveContext(saved);
  CHECK(held.KeyOf({2, kPlain, 0, 0}) == outside);
}

TEST_CASE("an episode is new once, and only if it can matter", "[lockdep][held_locks]") {
  HeldLocks held(1);
  const auto nested = [&] {
    Take(held, 1);
    Take(held, 2);
    held.PopTop();
    CHECK_FALSE(held.EpisodeIsNew());
    held.PopTop();
    return held.EpisodeIsNew();
  };
  REQUIRE(nested());
  CHECK(held.episode_length() == 4);
  held.RememberEpisode();
  CHECK_FALSE(nested());
  Take(held, 1);
  held.PopTop();
  CHECK_FALSE(held.EpisodeIsNew());
}

TEST_CASE("an episode that is too long says so", "[lockdep][held_locks]") {
  HeldLocks held(1);
  Take(held, 1);
  for (std::size_t i = 0; i < HeldLocks::kEpisodeOpsMax; ++i) {
    Take(held, 2);
    held.PopTop();
  }
  CHECK(held.episode_incomplete());
  CHECK(held.episode_length() == HeldLocks::kEpisodeOpsMax);
  held.PopTop();
  REQUIRE(held.EpisodeIsNew());
  held.RememberEpisode();
  CHECK_FALSE(held.episode_incomplete());
}

TEST_CASE("the held set is the list that a plain vector would be", "[lockdep][held_locks]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    HeldLocks held(random());
    std::vector<LockId> expected;
    for (int step = 0; step < 100; ++step) {
      if (expected.empty() || random() % 5 < 3) {
        const LockId lock = 1 + static_cast<LockId>(random() % 50);
        Take(held, lock, kPlain, random() % 3);
        expected.push_back(lock);
      } else if (random() % 4 == 0) {
        const std::size_t at = random() % expected.size();
        held.Replace(at, expected[at], How::Of(Mode::kShared));
      } else {
        const LockId lock = expected[random() % expected.size()];
        const int index = held.Find(lock);
        REQUIRE(index >= 0);
        held.Erase(static_cast<std::size_t>(index));
        expected.erase(expected.begin() + index);
      }
      held.CheckInvariants();
      REQUIRE(held.depth() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(held.entry(i).lock == expected[i]);
    }
  }
}

}  // namespace
}  // namespace lockdep
