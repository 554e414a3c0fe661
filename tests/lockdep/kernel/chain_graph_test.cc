// The graph of a kernel's chains against a slow obvious one, and at the size of a real kernel.
#include "lockdep/kernel/chain_graph.h"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/kernel/chain_table.h"
#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep::kernel {
namespace {

using Edge = std::pair<ClassIndex, ClassIndex>;
using Chains = std::vector<std::vector<int>>;

std::string Text(const Chains& chains) {
  std::string text = "all lock chains:\n";
  for (const std::vector<int>& chain : chains) {
    text += "irq_context: 0\n";
    for (const int each : chain) text += "[0] c" + std::to_string(each) + "\n";
    text += "\n";
  }
  return text;
}

// From every lock that is held to the one that was taken last.
std::set<Edge> EdgesOf(const ChainTable& table) {
  std::set<Edge> edges;
  for (const LockChain& chain : table.chains) {
    for (std::size_t i = 0; i + 1 < chain.classes.size(); ++i) {
      if (chain.classes[i] != chain.classes.back()) edges.insert({chain.classes[i], chain.classes.back()});
    }
  }
  return edges;
}

// The number of edges on the shortest way; -1 if there is none.
int Distance(const std::set<Edge>& edges, ClassIndex from, ClassIndex to) {
  std::set<ClassIndex> seen = {from};
  std::queue<std::pair<ClassIndex, int>> open;
  open.push({from, 0});
  while (!open.empty()) {
    const auto [at, steps] = open.front();
    open.pop();
    if (at == to) return steps;
    for (const auto& [tail, head] : edges) {
      if (tail == at && seen.insert(head).second) open.push({head, steps + 1});
    }
  }
  return -1;
}

std::vector<Edge> EdgesOfCycle(const std::vector<ClassIndex>& cycle) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < cycle.size(); ++i) edges.push_back({cycle[i], cycle[(i + 1) % cycle.size()]});
  return edges;
}

// Each cycle is one, is the shortest through one of its links, and each link that can be on one is.
void CheckCycles(const ChainTable& table) {
  const ChainGraph graph(table);
  const std::set<Edge> edges = EdgesOf(table);
  bool complete = false;
  const std::vector<std::vector<ClassIndex>> cycles = graph.Cycles(100000, complete);
  CHECK(complete);
  std::set<Edge> covered;
  std::set<std::vector<ClassIndex>> distinct;
  for (const std::vector<ClassIndex>& cycle : cycles) {
    CHECK(distinct.insert(cycle).second);
    CHECK(cycle.front() == *std::min_element(cycle.begin(), cycle.end()));
    CHECK(std::set<ClassIndex>(cycle.begin(), cycle.end()).size() == cycle.size());
    bool shortest = false;
    for (const Edge& edge : EdgesOfCycle(cycle)) {
      REQUIRE(edges.contains(edge));
      covered.insert(edge);
      shortest = shortest || Distance(edges, edge.second, edge.first) + 1 == static_cast<int>(cycle.size());
    }
    CHECK(shortest);
  }
  for (const Edge& edge : edges) {
    INFO(edge.first << " -> " << edge.second);
    CHECK(covered.contains(edge) == (Distance(edges, edge.second, edge.first) >= 0));
  }
}

TEST_CASE("the cycles of random chains are those of the obvious graph", "[kernel]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 400; ++round) {
    const int classes = 2 + static_cast<int>(random() % 7);
    Chains chains(1 + random() % 12);
    for (std::vector<int>& chain : chains) {
      std::vector<int> all(static_cast<std::size_t>(classes));
      for (int i = 0; i < classes; ++i) all[static_cast<std::size_t>(i)] = i;
      std::shuffle(all.begin(), all.end(), random);
      all.resize(1 + random() % std::min<std::size_t>(4, all.size()));
      chain = all;
    }
    const std::string text = Text(chains);
    CAPTURE(text);
    CheckCycles(*ParseChains(text, "chains"));
  }
}

// Orders of 2000 classes in a hundred thousand chains: more than a real kernel has after days.
Chains Ordered(int count) {
  std::mt19937 random(1);
  Chains chains(static_cast<std::size_t>(count));
  for (std::vector<int>& chain : chains) {
    std::set<int> classes;
    for (std::size_t depth = 1 + random() % 8; classes.size() < depth;)
      classes.insert(static_cast<int>(random() % 2000));
    chain.assign(classes.begin(), classes.end());
  }
  return chains;
}

TEST_CASE("in a hundred thousand chains the one inversion is found, and nothing without it", "[kernel]") {
  Chains chains = Ordered(100000);
  bool complete = false;
  const ChainTable clean = *ParseChains(Text(chains), "chains");
  CHECK(clean.chains.size() == 100000);
  CHECK(ChainGraph(clean).Cycles(1000, complete).empty());
  CHECK(complete);
  chains.push_back({2001, 2002});
  chains.push_back({2002, 2001});
  const ChainTable inverted = *ParseChains(Text(chains), "chains");
  const std::vector<std::vector<ClassIndex>> cycles = ChainGraph(inverted).Cycles(1000, complete);
  REQUIRE(cycles.size() == 1);
  CHECK(inverted.names[static_cast<std::size_t>(cycles[0][0])] == "c2001");
  CHECK(inverted.names[static_cast<std::size_t>(cycles[0][1])] == "c2002");
}

}  // namespace
}  // namespace lockdep::kernel
