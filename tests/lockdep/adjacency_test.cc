#include "lockdep/adjacency.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using Node = Adjacency::Node;

std::vector<Node> List(const Adjacency& adjacency, Node node) {
  const auto list = adjacency.Of(node);
  return {list.begin(), list.end()};
}

TEST_CASE("a list keeps the order of addition, however long it gets", "[lockdep][adjacency]") {
  Adjacency adjacency;
  adjacency.AddNode();
  adjacency.AddNode();
  std::vector<Node> expected;
  for (Node neighbour = 1000; neighbour < 1100; ++neighbour) {
    adjacency.Add(0, neighbour);
    adjacency.Add(1, neighbour + 1);
    expected.push_back(neighbour);
    REQUIRE(List(adjacency, 0) == expected);
    REQUIRE(adjacency.Contains(0, neighbour));
    REQUIRE_FALSE(adjacency.Contains(0, neighbour + 1));
    adjacency.CheckInvariants();
  }
  CHECK(adjacency.Count(1) == 100);
}

TEST_CASE("what is removed is gone and the last neighbour takes its place", "[lockdep][adjacency]") {
  Adjacency adjacency;
  adjacency.AddNode();
  for (Node neighbour : {7, 8, 9}) adjacency.Add(0, neighbour);
  adjacency.Remove(0, 7);
  CHECK(List(adjacency, 0) == std::vector<Node>{9, 8});
  adjacency.Remove(0, 8);
  CHECK(List(adjacency, 0) == std::vector<Node>{9});
  adjacency.Remove(0, 9);
  CHECK(List(adjacency, 0).empty());
  CHECK_FALSE(adjacency.Contains(0, 9));
}

TEST_CASE("memory of cleared lists is used again", "[lockdep][adjacency]") {
  Adjacency adjacency;
  adjacency.AddNode();
  std::size_t after_first_round = 0;
  for (int round = 0; round < 100; ++round) {
    for (Node neighbour = 0; neighbour < 200; ++neighbour) adjacency.Add(0, neighbour);
    adjacency.Clear(0);
    adjacency.CheckInvariants();
    if (round == 0) after_first_round = adjacency.memory_bytes();
  }
  CHECK(adjacency.Count(0) == 0);
  CHECK(adjacency.memory_bytes() == after_first_round);
}

TEST_CASE("random additions and removals agree with sets", "[lockdep][adjacency]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr Node kNodes = 8;
  Adjacency adjacency;
  std::vector<std::set<Node>> expected(kNodes);
  for (Node node = 0; node < kNodes; ++node) adjacency.AddNode();
  // Lists of node i wander through sizes up to 10 * i, so through every form and back.
  for (int step = 0; step < 40'000; ++step) {
    const Node node = static_cast<Node>(random() % kNodes);
    const Node neighbour = static_cast<Node>(random() % (10 * node + 1));
    REQUIRE(adjacency.Contains(node, neighbour) == expected[node].contains(neighbour));
    const bool shrinking = (step / 2'000) % 2 == 1;
    if (expected[node].contains(neighbour)) {
      if (!shrinking && random() % 4 != 0) continue;
      adjacency.Remove(node, neighbour);
      expected[node].erase(neighbour);
    } else if (!shrinking || random() % 4 == 0) {
      adjacency.Add(node, neighbour);
      expected[node].insert(neighbour);
    }
    if (step % 5'000 == 4'999) {
      adjacency.Clear(node);
      expected[node].clear();
    }
    std::vector<Node> list = List(adjacency, node);
    std::sort(list.begin(), list.end());
    REQUIRE(list == std::vector<Node>(expected[node].begin(), expected[node].end()));
    if (step % 64 == 0) adjacency.CheckInvariants();
  }
  adjacency.CheckInvariants();
}

}  // namespace
}  // namespace lockdep
