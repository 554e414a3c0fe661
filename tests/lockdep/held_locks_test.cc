#include "lockdep/held_locks.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
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

// "+1 -1": the operations of the episode so far, with their locks.
std::string Ops(const HeldLocks& held) {
  HeldLocks::Episode episode;
  held.ListEpisode(episode);
  std::string text;
  for (std::size_t i = 0; i < episode.length; ++i) {
    static constexpr char kSigns[] = {'+', '?', '-', 'v', 's', 'w'};
    text += (i == 0 ? "" : " ") + std::string(1, kSigns[static_cast<int>(episode.ops[i].op)]) +
            std::to_string(episode.ops[i].lock);
  }
  return text;
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
    CHECK_FALSE(held.PopTop());
    CHECK_FALSE(held.EpisodeIsNew());
    const bool is_new = held.PopTop();
    CHECK(held.EpisodeIsNew() == is_new);
    return is_new;
  };
  REQUIRE(nested());
  CHECK(Ops(held) == "+1 +2 -2 -1");
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
  held.PopTop();
  HeldLocks::Episode episode;
  held.ListEpisode(episode);
  CHECK_FALSE(episode.complete);
  CHECK(episode.length == HeldLocks::kEpisodeOpsMax);
  REQUIRE(held.EpisodeIsNew());
  held.RememberEpisode();
  held.ListEpisode(episode);
  CHECK(episode.complete);
  CHECK(episode.length == 0);
}

TEST_CASE("an episode that a context interrupted is not complete, and what is done without a lock is of none",
          "[lockdep][held_locks]") {
  HeldLocks held(1);
  HeldLocks::Episode episode;
  held.NoteOperation({5, kPlain, EpisodeOpKind::kWait});
  CHECK_FALSE(held.SomethingHeld());
  Take(held, 1);
  CHECK(held.SomethingHeld());
  const HeldLocks::Saved saved = held.EnterContext(5);
  Take(held, 2);
  held.PopTop();
  held.LeaveContext(saved);
  held.PopTop();
  CHECK(Ops(held) == "+1 +2 -2 -1");
  held.ListEpisode(episode);
  CHECK_FALSE(episode.complete);
  REQUIRE(held.EpisodeIsNew());
  held.RememberEpisode();
  held.ListEpisode(episode);
  CHECK(episode.complete);
}

TEST_CASE("an episode that was forgotten is new again", "[lockdep][held_locks]") {
  HeldLocks held(1);
  for (const bool forget : {false, true}) {
    Take(held, 1);
    Take(held, 2);
    held.PopTop();
    held.PopTop();
    REQUIRE(held.EpisodeIsNew());
    held.RememberEpisode();
    if (!forget) held.ForgetEpisodes();
  }
  Take(held, 1);
  Take(held, 2);
  held.PopTop();
  held.PopTop();
  CHECK_FALSE(held.EpisodeIsNew());
}

TEST_CASE("what is not written of an episode follows from what is", "[lockdep][held_locks]") {
  HeldLocks held(1);
  SECTION("releases out of order, and a failure between") {
    Take(held, 1);
    Take(held, 2);
    Take(held, 3);
    held.Erase(1);
    held.NoteOperation({4, kPlain, EpisodeOpKind::kTryFailed});
    held.PopTop();
    Take(held, 5);
    held.PopTop();
    held.PopTop();
    CHECK(Ops(held) == "+1 +2 +3 -2 ?4 -3 +5 -5 -1");
  }
  SECTION("a lock is released as it was held last") {
    Take(held, 1);
    Take(held, 2);
    held.Replace(1, 2, How::Of(Mode::kShared));
    held.PopTop();
    held.PopTop();
    HeldLocks::Episode episode;
    held.ListEpisode(episode);
    CHECK(Ops(held) == "+1 +2 v2 -2 -1");
    CHECK(episode.ops[3].how == How::Of(Mode::kShared));
    CHECK(episode.ops[4].how == kPlain);
  }
  SECTION("a lock is given back and taken again at the same place") {
    Take(held, 9);
    for (int i = 0; i < 2; ++i) {
      Take(held, 1);
      held.PopTop();
    }
    held.PopTop();
    CHECK(Ops(held) == "+9 +1 -1 +1 -1 -9");
  }
}

// The same operations as a plain list, beside their hash.
TEST_CASE("two episodes have one hash exactly if they are the same operations at the same places",
          "[lockdep][held_locks]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::map<std::uint64_t, std::string> by_hash;
  std::map<std::string, std::uint64_t> by_operations;
  for (int round = 0; round < 20'000; ++round) {
    HeldLocks held(7);
    std::vector<std::pair<LockId, Site>> stack;
    std::string operations, places;
    const auto note = [&](char what, LockId lock) {
      operations += (operations.empty() ? "" : " ") + std::string(1, what) + std::to_string(lock);
    };
    const auto pop = [&] {
      note('-', stack.back().first);
      stack.pop_back();
      held.PopTop();
    };
    // Few locks and places, so that equal episodes are common.
    do {
      const LockId lock = 1 + static_cast<LockId>(random() % 2);
      const Site site = random() % 2;
      const std::uint64_t what = random() % 8;
      if (what < 3 || stack.empty()) {
        note('+', lock);
        places += std::to_string(site);
        stack.emplace_back(lock, site);
        Take(held, lock, kPlain, site);
      } else if (what == 3) {
        note('?', lock);
        held.NoteOperation({lock, kPlain, EpisodeOpKind::kTryFailed});
      } else if (what == 4 && stack.size() > 1 && stack[stack.size() - 2].first != stack.back().first) {
        note('-', stack[stack.size() - 2].first);
        stack.erase(stack.end() - 2);
        held.Erase(stack.size() - 1);
      } else {
        pop();
      }
    } while (!stack.empty() && operations.size() < 60);
    while (!stack.empty()) pop();
    if (operations.size() <= 5) continue;  // one lock alone is no episode
    REQUIRE(Ops(held) == operations);
    const auto [name, is_new_name] = by_operations.try_emplace(operations + "/" + places, held.episode_hash());
    REQUIRE(name->second == held.episode_hash());
    const auto [hash, is_new_hash] = by_hash.try_emplace(held.episode_hash(), name->first);
    REQUIRE(hash->second == name->first);
  }
  CHECK(by_hash.size() > 1'000);
}

TEST_CASE("a step is what Push is, and PopTop says what EpisodeIsNew does", "[lockdep][held_locks]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr How kHows[] = {kPlain, How::Of(Mode::kShared).with_tracked(), kPlain.with_tracked()};
  HeldLocks plain(7);
  HeldLocks quick(7);
  // By the locks held, how they are held, and the one that is added: what from and to are names for.
  std::map<std::vector<std::uint64_t>, std::pair<HeldLocks::Step, std::uint64_t>> steps;
  std::map<std::uint64_t, std::vector<std::uint64_t>> held_by_from;
  int new_ones = 0;
  int known_ones = 0;
  int refused = 0;
  int repeated = 0;
  const auto finish = [&](bool is_new) {
    REQUIRE(plain.EpisodeIsNew() == is_new);
    if (plain.depth() != 0) return;
    ++(is_new ? new_ones : known_ones);
    if (!is_new) return;
    REQUIRE(Ops(plain) == Ops(quick));
    REQUIRE(plain.episode_hash() == quick.episode_hash());
    plain.RememberEpisode();
    quick.RememberEpisode();
  };
  for (int step = 0; step < 50'000; ++step) {
    const LockId lock = 1 + static_cast<LockId>(random() % 2);
    const How how = kHows[random() % 3];
    const std::uint64_t what = random() % 8;
    const bool may_stage = plain.depth() < HeldLocks::kInlineDepth && [&] {
      HeldLocks::Episode episode;
      plain.ListEpisode(episode);
      return episode.complete && episode.length < HeldLocks::kEpisodeOpsMax / 2;
    }();
    if (may_stage) REQUIRE((quick.MayStep() && quick.HasRoom()));
    std::vector<std::uint64_t> held;
    for (std::size_t i = 0; i < quick.depth(); ++i) held.push_back(LockWord(quick.entry(i).lock, quick.entry(i).how));
    REQUIRE(held_by_from.try_emplace(quick.StepsFrom(), held).first->second == held);
    if (plain.depth() == 0 || (may_stage && what < 3)) {
      const std::uint64_t key = quick.KeyOf(LockWord(lock, how), 0, 1);
      held.push_back(LockWord(lock, how));
      HeldLocks::Step found;
      quick.Remember(key);
      const std::uint64_t from = quick.FindStep(LockWord(lock, how), 1, key, lock + 100, found);
      const auto [known, is_first] = steps.try_emplace(held, found, from);
      REQUIRE(known->second.second == quick.StepsFrom());
      REQUIRE(from == quick.StepsFrom());
      if (!is_first) ++repeated;
      REQUIRE(quick.Stage(known->second.first) == quick.held_bytes());
      Take(plain, lock, how);
      quick.Commit();
      REQUIRE(quick.TopIsObject(lock + 100));
      REQUIRE_FALSE(quick.TopIsObject(lock + 200));
      REQUIRE(quick.top_lock() == lock);
    } else if (may_stage && what == 3) {  // staged, and not got: nothing happened
      HeldLocks::Step found;
      quick.Remember(1);
      REQUIRE(quick.FindStep(LockWord(lock, how), 2, 1, lock + 100, found) != 0);
      quick.Stage(found);
      ++refused;
    } else if (what == 4) {
      plain.NoteOperation({lock, how, EpisodeOpKind::kTryFailed});
      quick.NoteOperation({lock, how, EpisodeOpKind::kTryFailed});
    } else if (what == 5 && plain.depth() > 1) {
      plain.Erase(0);
      quick.Erase(0);
    } else if (quick.entry(quick.depth() - 1).how.tracked()) {
      plain.PopTop();
      finish(quick.PopTop<true>());
    } else {
      plain.PopTop();
      finish(random() % 2 == 0 ? quick.PopTop<false>() : quick.PopTop());
    }
    REQUIRE(plain.depth() == quick.depth());
    REQUIRE(quick.held_bytes() == quick.depth() * HeldLocks::kEntryBytes);
    for (std::size_t i = 0; i < plain.depth(); ++i) REQUIRE(plain.entry(i).key == quick.entry(i).key);
    quick.CheckInvariants();
    if (quick.depth() == 0) REQUIRE_FALSE(quick.TopIsObject(lock + 100));
  }
  CHECK(new_ones > 100);
  CHECK(known_ones > 100);
  CHECK(refused > 100);
  CHECK(repeated > 1'000);
}

TEST_CASE("who holds many locks, or has done much, makes no step", "[lockdep][held_locks]") {
  HeldLocks deep(1);
  for (LockId lock = 1; deep.depth() < HeldLocks::kInlineDepth; ++lock) {
    REQUIRE(deep.MayStep());
    Take(deep, lock);
  }
  CHECK_FALSE(deep.MayStep());
  const std::uint64_t from = deep.StepsFrom();
  for (LockId lock = 100; deep.depth() < 3 * HeldLocks::kInlineDepth; ++lock) Take(deep, lock);
  deep.CheckInvariants();  // also where the entries have moved
  while (deep.depth() > HeldLocks::kInlineDepth) deep.PopTop();
  CHECK(deep.StepsFrom() == from);
  HeldLocks busy(1);
  Take(busy, 1);
  for (std::size_t done = 1; done < HeldLocks::kEpisodeOpsMax; ++done) {
    REQUIRE(busy.HasRoom());
    Take(busy, 2);
    busy.PopTop();
  }
  CHECK_FALSE(busy.HasRoom());
  HeldLocks incomplete(1);
  Take(incomplete, 1);
  incomplete.MarkEpisodeIncomplete();
  CHECK_FALSE(incomplete.HasRoom());
  const HeldLocks::Saved outer = incomplete.EnterContext(5);
  CHECK_FALSE(incomplete.MayStep());
  incomplete.CheckInvariants();
  incomplete.LeaveContext(outer);
  CHECK(incomplete.MayStep());
  incomplete.CheckInvariants();
}

TEST_CASE("steps start elsewhere where more is to be told, in another role and in another context",
          "[lockdep][held_locks]") {
  HeldLocks held(1);
  std::set<std::uint64_t> froms = {0, held.StepsFrom()};
  held.set_track_first(true);
  CHECK(froms.insert(held.StepsFrom()).second);
  held.set_role_seed(2);
  CHECK(froms.insert(held.StepsFrom()).second);
  held.Reseed(30);
  CHECK(froms.insert(held.StepsFrom()).second);
  Take(held, 1);
  CHECK(froms.insert(held.StepsFrom()).second);
  held.Reseed(40);
  CHECK(froms.insert(held.StepsFrom()).second);
  const std::uint64_t tracking = held.StepsFrom();
  held.set_track_first(false);
  CHECK(froms.insert(held.StepsFrom()).second);
  held.set_track_first(true);
  CHECK(held.StepsFrom() == tracking);
  for (int i = 0; i < 3; ++i) {
    held.ForgetSteps();
    CHECK(froms.insert(held.StepsFrom()).second);
  }
  held.CheckInvariants();
}

TEST_CASE("there are steps of known chains only", "[lockdep][held_locks]") {
  HeldLocks held(1);
  HeldLocks::Step step;
  const auto find = [&](LockId lock, How how) {
    const std::uint64_t word = LockWord(lock, how);
    const std::uint64_t from = held.FindStep(word, 1, held.KeyOf(word, 0, 1), 100, step);
    return from != 0 && from == held.StepsFrom();
  };
  const auto remember = [&](LockId lock, How how) { held.Remember(held.KeyOf(LockWord(lock, how), 0, 1)); };
  CHECK(find(1, kPlain));  // one plain lock is no evidence
  CHECK_FALSE(find(1, kPlain.with_tracked()));
  remember(1, kPlain.with_tracked());
  CHECK(find(1, kPlain.with_tracked()));
  held.set_track_first(true);
  CHECK_FALSE(find(1, kPlain));
  remember(1, kPlain);
  CHECK(find(1, kPlain));
  Take(held, 1);
  CHECK_FALSE(find(2, kPlain));
  remember(2, kPlain);
  CHECK(find(2, kPlain));
  CHECK_FALSE(find(2, How::Of(Mode::kExclusive, Kind::kTimed)));
}

TEST_CASE("no entry has an object once they are forgotten", "[lockdep][held_locks]") {
  HeldLocks held(1);
  for (LockId lock = 1; lock <= 3; ++lock) {
    const std::uint64_t key = held.KeyOf(LockWord(lock, kPlain), 0, 1);
    held.Remember(key);
    HeldLocks::Step step;
    REQUIRE(held.FindStep(LockWord(lock, kPlain), 1, key, 100 + lock, step) != 0);
    held.Stage(step);
    held.Commit();
  }
  REQUIRE(held.TopIsObject(103));
  held.ForgetObjects();
  for (LockId lock = 3; lock >= 1; --lock) {
    CHECK_FALSE(held.TopIsObject(100 + lock));
    CHECK(held.TopIs(lock));
    held.PopTop();
  }
  held.CheckInvariants();
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
