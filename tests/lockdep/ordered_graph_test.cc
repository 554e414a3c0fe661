#include "lockdep/ordered_graph.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/naive_graph.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using Node = OrderedGraph::Node;
using Arc = OrderedGraph::Arc;
using Nodes = std::vector<Node>;

void AddNodes(OrderedGraph& graph, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) graph.AddNode();
}

Nodes Sorted(std::span<const Node> nodes) {
  Nodes sorted(nodes.begin(), nodes.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

TEST_CASE("an arc against the order of creation turns the order", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, 3);
  CHECK(graph.Before(0, 2));
  CHECK(graph.AddArc(2, 0) == Arc::kOrdered);
  CHECK(graph.Before(2, 0));
  CHECK(graph.AddArc(1, 2) == Arc::kOrdered);
  CHECK(graph.Before(1, 2));
  CHECK(graph.Before(1, 0));
  graph.CheckInvariants();
}

TEST_CASE("an arc added twice is stored once", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, 2);
  CHECK_FALSE(graph.HasArc(0, 1));
  CHECK(graph.AddArc(0, 1) == Arc::kOrdered);
  CHECK(graph.AddArc(0, 1) == Arc::kAlreadyThere);
  CHECK(graph.HasArc(0, 1));
  CHECK_FALSE(graph.HasArc(1, 0));
  CHECK(graph.arcs() == 1);
}

TEST_CASE("a cycle becomes one component and loses no arc", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, 5);
  graph.AddArc(0, 1);
  graph.AddArc(1, 2);
  graph.AddArc(2, 3);
  graph.AddArc(1, 4);
  CHECK(graph.AddArc(3, 1) == Arc::kMerged);
  CHECK(Sorted(graph.Members(2)) == Nodes{1, 2, 3});
  CHECK(Sorted(graph.Members(0)) == Nodes{0});
  CHECK(graph.ComponentOf(1) == graph.ComponentOf(3));
  CHECK(graph.Before(0, 3));
  CHECK(graph.Before(3, 4));
  CHECK(graph.HasArc(3, 1));
  CHECK(Sorted(graph.Successors(1)) == Nodes{2, 4});
  CHECK(Sorted(graph.Predecessors(1)) == Nodes{0, 3});
  CHECK(graph.arcs() == 5);
  CHECK(graph.AddArc(1, 3) == Arc::kWithinComponent);
  CHECK(graph.arcs() == 6);
  graph.CheckInvariants();
}

TEST_CASE("an arc can join several components at once", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, 7);
  for (auto [a, b] : {std::pair{0, 1}, {2, 3}, {5, 6}}) {
    graph.AddArc(a, b);
    CHECK(graph.AddArc(b, a) == Arc::kMerged);
  }
  graph.AddArc(0, 2);
  graph.AddArc(3, 5);
  graph.AddArc(0, 4);  // beside the path
  CHECK(graph.AddArc(6, 1) == Arc::kMerged);
  CHECK(Sorted(graph.Members(0)) == Nodes{0, 1, 2, 3, 5, 6});
  CHECK(graph.Before(0, 4));
  graph.CheckInvariants();
}

TEST_CASE("a removed node takes its arcs along and its id is used again", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, 4);
  graph.AddArc(0, 1);
  graph.AddArc(1, 2);
  graph.AddArc(2, 3);
  graph.AddArc(3, 2);
  graph.RemoveNode(1);
  graph.CheckInvariants();
  CHECK(graph.size() == 3);
  CHECK(graph.arcs() == 2);
  CHECK(graph.Successors(0).empty());
  CHECK(Sorted(graph.Predecessors(2)) == Nodes{3});
  CHECK(graph.AddArc(2, 0) == Arc::kOrdered);

  CHECK(graph.AddNode() == 1);
  CHECK(graph.size() == 4);
  CHECK(graph.Successors(1).empty());
  CHECK(graph.Before(0, 1));
  CHECK(graph.AddArc(1, 2) == Arc::kOrdered);
  graph.CheckInvariants();
}

// Whether `graph` says of nodes 0..count-1 what the definitions say.
bool Agrees(const OrderedGraph& graph, const NaiveGraph& naive, std::size_t count) {
  for (Node a = 0; a < count; ++a) {
    Nodes members;
    for (Node b = 0; b < count; ++b) {
      if (naive.SameComponent(a, b)) members.push_back(b);
      if (graph.HasArc(a, b) != naive.HasArc(a, b)) return false;
      if ((graph.ComponentOf(a) == graph.ComponentOf(b)) != naive.SameComponent(a, b)) return false;
      if (naive.Reaches(a, b) && !naive.SameComponent(a, b) && !graph.Before(a, b)) return false;
    }
    if (Sorted(graph.Members(a)) != members) return false;
  }
  return true;
}

Arc ExpectedResult(const NaiveGraph& naive, Node from, Node to) {
  if (naive.HasArc(from, to)) return Arc::kAlreadyThere;
  if (naive.SameComponent(from, to)) return Arc::kWithinComponent;
  return naive.Reaches(to, from) ? Arc::kMerged : Arc::kOrdered;
}

// Adds every sequence of up to `more` further distinct arcs to `arcs` and compares after the last.
class AllSequences {
 public:
  explicit AllSequences(std::size_t nodes) : nodes_(nodes) {}

  void Run(std::size_t more) {
    Compare();
    if (more == 0) return;
    for (Node from = 0; from < nodes_; ++from) {
      for (Node to = 0; to < nodes_; ++to) {
        const std::pair arc{from, to};
        if (from == to || std::find(arcs_.begin(), arcs_.end(), arc) != arcs_.end()) continue;
        arcs_.push_back(arc);
        Run(more - 1);
        arcs_.pop_back();
      }
    }
  }

  std::size_t compared() const { return compared_; }

 private:
  void Compare() {
    OrderedGraph graph;
    NaiveGraph naive(nodes_);
    AddNodes(graph, nodes_);
    for (std::size_t i = 0; i < arcs_.size(); ++i) {
      const auto [from, to] = arcs_[i];
      const bool last = i + 1 == arcs_.size();
      const Arc expected = last ? ExpectedResult(naive, from, to) : Arc::kAlreadyThere;
      const Arc result = graph.AddArc(from, to);
      naive.AddArc(from, to);
      if (last && result != expected) Fail("the result of the last arc");
    }
    graph.CheckInvariants();
    if (!Agrees(graph, naive, nodes_)) Fail("the components or the order");
    ++compared_;
  }

  // Catch2's assertions are too slow to be made in every sequence.
  void Fail(const char* what) {
    std::string sequence;
    for (auto [from, to] : arcs_) sequence += std::to_string(from) + "->" + std::to_string(to) + " ";
    FAIL("after " << sequence << what << " differs from the definitions");
  }

  std::size_t nodes_;
  std::vector<std::pair<Node, Node>> arcs_;
  std::size_t compared_ = 0;
};

TEST_CASE("every sequence of arcs on three nodes gives the components and an order of them",
          "[lockdep][ordered_graph]") {
  AllSequences sequences(3);
  sequences.Run(6);
  CHECK(sequences.compared() == 1957);  // sum over k of 6! / (6-k)!
}

TEST_CASE("every sequence of five arcs on four nodes gives the components and an order of them",
          "[lockdep][ordered_graph]") {
  AllSequences sequences(4);
  sequences.Run(5);
  CHECK(sequences.compared() == 108'385);  // sum over k <= 5 of 12! / (12-k)!
}

// Arcs between random nodes, removals and new nodes, compared with the definitions after each.
void RandomSteps(std::mt19937_64& random, std::size_t count, int steps) {
  OrderedGraph graph;
  NaiveGraph naive(count);
  AddNodes(graph, count);
  for (int step = 0; step < steps; ++step) {
    const Node from = static_cast<Node>(random() % count);
    const Node to = static_cast<Node>(random() % count);
    if (random() % 8 == 0 && graph.Members(from).size() == 1) {
      graph.RemoveNode(from);
      naive.RemoveArcsOf(from);
      REQUIRE(graph.AddNode() == from);
    } else if (from != to) {
      const Arc expected = ExpectedResult(naive, from, to);
      REQUIRE(graph.AddArc(from, to) == expected);
      naive.AddArc(from, to);
    }
    graph.CheckInvariants();
    REQUIRE(Agrees(graph, naive, count));
  }
}

TEST_CASE("random arcs and removals agree with the definitions", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int run = 0; run < 200; ++run) {
    const std::size_t count = 4 + random() % 20;
    RandomSteps(random, count, static_cast<int>(2 * count));
  }
  RandomSteps(random, NaiveGraph::kNodesMax, 150);
}

// Arcs of `count` nodes drawn at random; with `acyclic` all agree with one hidden order.
std::vector<std::pair<Node, Node>> RandomArcs(std::mt19937_64& random, Node count, std::size_t arcs, bool acyclic) {
  Nodes hidden(count);
  std::iota(hidden.begin(), hidden.end(), 0);
  std::shuffle(hidden.begin(), hidden.end(), random);
  std::vector<std::pair<Node, Node>> result;
  while (result.size() < arcs) {
    Node a = static_cast<Node>(random() % count);
    Node b = static_cast<Node>(random() % count);
    if (a == b) continue;
    if (acyclic && a > b) std::swap(a, b);
    result.emplace_back(hidden[a], hidden[b]);
  }
  return result;
}

TEST_CASE("a large random acyclic graph never merges", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr Node kNodes = 20'000;
  OrderedGraph graph;
  AddNodes(graph, kNodes);
  std::size_t merged = 0;
  const auto arcs = RandomArcs(random, kNodes, 4 * kNodes, true);
  for (auto [from, to] : arcs) {
    const Arc result = graph.AddArc(from, to);
    merged += result == Arc::kMerged || result == Arc::kWithinComponent;
  }
  CHECK(merged == 0);
  graph.CheckInvariants();
  CHECK(graph.visits() <= 8 * arcs.size());
}

TEST_CASE("a large random graph keeps its components exact while they grow together", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr Node kNodes = 20'000;
  OrderedGraph graph;
  AddNodes(graph, kNodes);
  const auto arcs = RandomArcs(random, kNodes, 4 * kNodes, false);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    graph.AddArc(arcs[i].first, arcs[i].second);
    if (i % 8'000 == 0) graph.CheckInvariants();
  }
  graph.CheckInvariants();
  // With four arcs per node nearly all nodes are in one component.
  std::size_t largest = 0;
  for (Node node = 0; node < kNodes; ++node) largest = std::max(largest, graph.Members(node).size());
  CHECK(largest > kNodes / 2);
  CHECK(graph.visits() <= 16 * arcs.size());
}

// --- Costs, counted ------------------------------------------------------------------------------

constexpr Node kLong = 20'000;

TEST_CASE("arcs in the order of creation visit nothing", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, kLong);
  for (Node node = 1; node < kLong; ++node) graph.AddArc(node - 1, node);
  CHECK(graph.visits() == 0);
  CHECK(graph.relabels() == 0);
}

TEST_CASE("a chain built against the order of creation costs a few visits per arc", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, kLong);
  SECTION("from the oldest node on") {
    for (Node node = 1; node < kLong; ++node) graph.AddArc(node, node - 1);
    CHECK(graph.visits() <= 3 * std::uint64_t{kLong});
    CHECK(graph.relabels() == 0);
  }
  SECTION("from the youngest node on") {
    for (Node node = kLong - 1; node > 0; --node) graph.AddArc(node, node - 1);
    CHECK(graph.visits() <= 3 * std::uint64_t{kLong});
    CHECK(graph.relabels() <= 16 * std::uint64_t{kLong});
  }
  SECTION("every second arc first") {
    for (Node start : {1, 2}) {
      for (Node node = start; node < kLong; node += 2) graph.AddArc(node, node - 1);
    }
    CHECK(graph.visits() <= 4 * std::uint64_t{kLong});
    CHECK(graph.relabels() <= 16 * std::uint64_t{kLong});
  }
  graph.CheckInvariants();
}

TEST_CASE("a star costs three visits per arc, whichever side is created first", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, kLong);
  SECTION("the centre is the oldest node and all arcs lead to it") {
    for (Node node = 1; node < kLong; ++node) graph.AddArc(node, 0);
  }
  SECTION("the centre is the youngest node and all arcs lead from it") {
    for (Node node = 0; node + 1 < kLong; ++node) graph.AddArc(kLong - 1, node);
  }
  graph.CheckInvariants();
  CHECK(graph.visits() <= 3 * std::uint64_t{kLong});
}

TEST_CASE("paths joined in random order cost at most 2 log2(n) visits per arc", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  OrderedGraph graph;
  AddNodes(graph, kLong);
  Nodes path(kLong);
  std::iota(path.begin(), path.end(), 0);
  std::shuffle(path.begin(), path.end(), random);
  Nodes places(kLong - 1);
  std::iota(places.begin(), places.end(), 0);
  std::shuffle(places.begin(), places.end(), random);
  for (Node place : places) graph.AddArc(path[place], path[place + 1]);
  for (Node place : places) REQUIRE(graph.Before(path[place], path[place + 1]));
  graph.CheckInvariants();
  CHECK(graph.visits() <= 28 * std::uint64_t{kLong});
}

TEST_CASE("a complete acyclic graph costs a few visits per arc", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr Node kNodes = 300;
  Nodes hidden(kNodes);
  std::iota(hidden.begin(), hidden.end(), 0);
  std::shuffle(hidden.begin(), hidden.end(), random);
  std::vector<std::pair<Node, Node>> arcs;
  for (Node head = 1; head < kNodes; ++head) {
    for (Node tail = 0; tail < head; ++tail) arcs.emplace_back(hidden[tail], hidden[head]);
  }
  SECTION("in random order") { std::shuffle(arcs.begin(), arcs.end(), random); }
  SECTION("one head after the other") {}
  OrderedGraph graph;
  AddNodes(graph, kNodes);
  for (auto [from, to] : arcs) REQUIRE(graph.AddArc(from, to) == Arc::kOrdered);
  graph.CheckInvariants();
  CHECK(graph.arcs() == arcs.size());
  CHECK(graph.visits() <= 8 * arcs.size());
}

TEST_CASE("a cycle that grows by one node at a time costs a few visits per node", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  AddNodes(graph, kLong);
  for (Node node = 1; node < kLong; ++node) {
    graph.AddArc(node - 1, node);
    REQUIRE(graph.AddArc(node, 0) == Arc::kMerged);
  }
  graph.CheckInvariants();
  CHECK(graph.visits() <= 8 * std::uint64_t{kLong});
}

TEST_CASE("locks that come and go under an old one cost the same however many there are", "[lockdep][ordered_graph]") {
  OrderedGraph graph;
  const Node outer = graph.AddNode();
  Nodes live;
  for (Node i = 0; i < kLong; ++i) {
    live.push_back(graph.AddNode());
    graph.AddArc(outer, live.back());
  }
  const std::size_t memory = graph.memory_bytes();
  for (Node i = 0; i < 5 * kLong; ++i) {
    Node& node = live[i % kLong];
    graph.RemoveNode(node);
    node = graph.AddNode();
    graph.AddArc(outer, node);
  }
  graph.CheckInvariants();
  CHECK(graph.arcs() == kLong);
  CHECK(graph.visits() == 0);
  CHECK(graph.relabels() <= kLong);
  CHECK(graph.memory_bytes() <= memory + memory / 4);
}

TEST_CASE("a large sparse graph needs at most 64 bytes per node and 40 bytes per arc", "[lockdep][ordered_graph]") {
  const std::uint64_t seed = TestSeed();
  INFO("repeat with LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  OrderedGraph graph;
  constexpr Node kNodes = 65'537;  // one more than arrays that double would have room for
  AddNodes(graph, kNodes);
  const std::size_t nodes_only = graph.memory_bytes();
  CHECK(nodes_only <= 64 * std::size_t{kNodes});
  for (auto [from, to] : RandomArcs(random, kNodes, 4 * kNodes, true)) graph.AddArc(from, to);
  CHECK(graph.memory_bytes() - nodes_only <= 40 * graph.arcs());
}

}  // namespace
}  // namespace lockdep
