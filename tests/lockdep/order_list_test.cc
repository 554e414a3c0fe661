#include "lockdep/order_list.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using Item = OrderList::Item;
using Items = std::vector<Item>;

TEST_CASE("items stand where they were put", "[lockdep][order_list]") {
  OrderList list;
  list.PushBack(5);
  list.PushBack(2);
  list.InsertAfter(5, 9);
  list.InsertBefore(5, 0);
  list.InsertAfter(2, 7);
  CHECK(list.Items() == Items{0, 5, 9, 2, 7});
  CHECK(list.Before(0, 5));
  CHECK(list.Before(9, 7));
  CHECK_FALSE(list.Before(7, 9));
  CHECK_FALSE(list.Before(9, 9));
  list.CheckInvariants();
}

TEST_CASE("a removed item leaves the others in order and can come back elsewhere", "[lockdep][order_list]") {
  OrderList list;
  for (Item item : {0, 1, 2, 3}) list.PushBack(item);
  list.Remove(0);
  list.Remove(2);
  CHECK_FALSE(list.Contains(2));
  CHECK_FALSE(list.Contains(17));
  CHECK(list.Items() == Items{1, 3});
  list.InsertBefore(1, 2);
  CHECK(list.Items() == Items{2, 1, 3});
  CHECK(list.size() == 3);
  list.CheckInvariants();
}

TEST_CASE("a run of items moves as one, in the order given", "[lockdep][order_list]") {
  OrderList list;
  for (Item item : {0, 1, 2, 3, 4, 5}) list.PushBack(item);
  list.MoveBefore(1, Items{5, 3});
  CHECK(list.Items() == Items{0, 5, 3, 1, 2, 4});
  list.MoveBefore(0, Items{2, 1});
  CHECK(list.Items() == Items{2, 1, 0, 5, 3, 4});
  list.MoveAfter(4, Items{1, 0});
  CHECK(list.Items() == Items{2, 5, 3, 4, 1, 0});
  list.MoveAfter(2, Items{});
  list.MoveBefore(5, Items{2});  // where it was
  CHECK(list.Items() == Items{2, 5, 3, 4, 1, 0});
  CHECK(list.size() == 6);
  list.CheckInvariants();
}

TEST_CASE("a run longer than the gap it moves to finds room", "[lockdep][order_list]") {
  OrderList list;
  Items run;
  list.PushBack(0);
  for (Item item = 1; item <= 60; ++item) list.InsertAfter(0, item);  // gaps between 0 and 1 run out
  for (Item item = 1'000; item < 6'000; ++item) {
    list.PushBack(item);
    run.push_back(item);
  }
  list.MoveAfter(0, run);
  list.CheckInvariants();
  const Items items = list.Items();
  CHECK(std::equal(run.begin(), run.end(), items.begin() + 1));
  CHECK(items[5'001] == 60);
  CHECK(list.relabels() <= 4 * items.size());
}

TEST_CASE("a list emptied by removal starts again", "[lockdep][order_list]") {
  OrderList list;
  list.PushBack(0);
  list.Remove(0);
  list.CheckInvariants();
  CHECK(list.Items().empty());
  list.PushBack(0);
  CHECK(list.Items() == Items{0});
  list.CheckInvariants();
}

TEST_CASE("growing at the ends relabels nothing", "[lockdep][order_list]") {
  OrderList list;
  list.PushBack(0);
  for (Item item = 1; item < 100'000; item += 2) {
    list.PushBack(item);
    list.InsertBefore(list.Contains(item - 1) ? item - 1 : 0, item + 1);
  }
  CHECK(list.relabels() == 0);
  list.CheckInvariants();
}

// Every gap closes after some insertions at one place, so this is the list's worst case.
TEST_CASE("inserting at one place relabels at most 2 log2(n) tags per insertion", "[lockdep][order_list]") {
  constexpr Item kItems = 50'000;
  OrderList list;
  list.PushBack(0);
  list.PushBack(1);
  SECTION("always after the first item") {
    for (Item item = 2; item < kItems; ++item) list.InsertAfter(0, item);
    const Items items = list.Items();
    CHECK(items[1] == kItems - 1);
    CHECK(items[kItems - 2] == 2);
  }
  SECTION("always before the last item") {
    for (Item item = 2; item < kItems; ++item) list.InsertBefore(1, item);
    const Items items = list.Items();
    CHECK(items[1] == 2);
    CHECK(items[kItems - 2] == kItems - 1);
  }
  SECTION("always after the item inserted last") {
    list.InsertAfter(0, 2);
    for (Item item = 3; item < kItems; ++item) list.InsertAfter(item - 1, item);
    CHECK(list.Items()[kItems - 2] == kItems - 1);
  }
  list.CheckInvariants();
  CHECK(list.relabels() > 0);
  CHECK(list.relabels() <= std::uint64_t{kItems} * 32);
}

TEST_CASE("a list moving to one end for ever finds room", "[lockdep][order_list]") {
  OrderList list;
  for (Item item = 0; item < 8; ++item) list.PushBack(item);
  for (int round = 0; round < 100'000; ++round) {
    const Item first = static_cast<Item>(round % 8);
    list.Remove(first);
    list.PushBack(first);
  }
  CHECK(list.Items() == Items{0, 1, 2, 3, 4, 5, 6, 7});
  list.CheckInvariants();
}

// Moves some items, in the order they have, next to another one.  REQUIRES: there are any.
void RandomMove(std::mt19937_64& random, OrderList& list, Items& expected) {
  const Item where = expected[random() % expected.size()];
  Items run;
  Items rest;
  const std::uint64_t sparsity = 1 + random() % 8;
  for (Item item : expected) (item != where && random() % sparsity == 0 ? run : rest).push_back(item);
  const bool after = random() % 2 == 0;
  after ? list.MoveAfter(where, run) : list.MoveBefore(where, run);
  const auto place = std::find(rest.begin(), rest.end(), where) + (after ? 1 : 0);
  rest.insert(place, run.begin(), run.end());
  expected = rest;
}

// Steps in which one place is hit again and again, so that gaps close.
void RandomSteps(std::mt19937_64& random, int steps, Item items_max) {
  OrderList list;
  Items expected;
  for (int step = 0; step < steps; ++step) {
    const Item item = static_cast<Item>(random() % items_max);
    const auto found = std::find(expected.begin(), expected.end(), item);
    REQUIRE(list.Contains(item) == (found != expected.end()));
    if (found != expected.end()) {
      if (random() % 4 != 0) continue;
      expected.erase(found);
      list.Remove(item);
    } else if (expected.empty() || random() % 8 == 0) {
      expected.push_back(item);
      list.PushBack(item);
    } else {
      const std::size_t place = random() % 2 == 0 ? expected.size() / 2 : random() % expected.size();
      const Item where = expected[place];
      const bool after = random() % 2 == 0;
      expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(place + (after ? 1 : 0)), item);
      after ? list.InsertAfter(where, item) : list.InsertBefore(where, item);
    }
    if (step % 64 == 0 && !expected.empty()) {
      RandomMove(random, list, expected);
      list.CheckInvariants();
      REQUIRE(list.Items() == expected);
    }
  }
  list.CheckInvariants();
  REQUIRE(list.Items() == expected);
  for (std::size_t i = 1; i < expected.size(); ++i) REQUIRE(list.Before(expected[i - 1], expected[i]));
}

TEST_CASE("random insertions and removals keep the order of a plain vector", "[lockdep][order_list]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int run = 0; run < 50; ++run) RandomSteps(random, 400, 30);
  RandomSteps(random, 20'000, 3'000);
}

}  // namespace
}  // namespace lockdep
