#include "lockdep/strong_components.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/naive_graph.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using Arcs = std::vector<std::vector<std::uint32_t>>;
using Components = std::vector<std::set<std::uint32_t>>;

template <typename Within>
Components ComponentsOf(const Arcs& arcs, const Within& within) {
  Components components;
  ForEachStrongComponent(
      static_cast<std::uint32_t>(arcs.size()),
      [&](std::uint32_t node) -> const std::vector<std::uint32_t>& { return arcs[node]; }, within,
      [&](std::span<const std::uint32_t> members) {
        components.emplace_back(members.begin(), members.end());
        CHECK(components.back().size() == members.size());
      });
  return components;
}

Components ComponentsOf(const Arcs& arcs) {
  return ComponentsOf(arcs, [](std::uint32_t) { return true; });
}

TEST_CASE("a component is handed out after all that it leads to", "[lockdep][strong_components]") {
  CHECK(ComponentsOf({}).empty());
  CHECK(ComponentsOf({{}}) == Components{{0}});
  CHECK(ComponentsOf({{0}}) == Components{{0}});
  CHECK(ComponentsOf({{1}, {2}, {}}) == Components{{2}, {1}, {0}});
  CHECK(ComponentsOf({{1}, {0}}) == Components{{0, 1}});
  // 0 <-> 1 -> 2 <-> 3
  CHECK(ComponentsOf({{1}, {0, 2}, {3}, {2}}) == Components{{2, 3}, {0, 1}});
  // A way back from far away makes one of all.
  CHECK(ComponentsOf({{1}, {2}, {3, 1}, {0}}) == Components{{0, 1, 2, 3}});
}

TEST_CASE("nodes outside are as if they were not there", "[lockdep][strong_components]") {
  const Arcs ring = {{1}, {2}, {0}};
  CHECK(ComponentsOf(ring).size() == 1);
  CHECK(ComponentsOf(ring, [](std::uint32_t node) { return node != 1; }) == Components{{0}, {2}});
  CHECK(ComponentsOf(ring, [](std::uint32_t) { return false; }).empty());
}

TEST_CASE("a long path needs no deep stack", "[lockdep][strong_components]") {
  constexpr std::uint32_t kNodes = 300'000;
  Arcs arcs(kNodes);
  for (std::uint32_t i = 0; i + 1 < kNodes; ++i) arcs[i] = {i + 1};
  std::uint32_t components = 0;
  const auto next = [&](std::uint32_t node) -> const std::vector<std::uint32_t>& { return arcs[node]; };
  const auto any = [](std::uint32_t) { return true; };
  ForEachStrongComponent(kNodes, next, any, [&](auto members) { components += members.size() == 1 ? 1 : 0; });
  CHECK(components == kNodes);
  arcs[kNodes - 1] = {0};
  ForEachStrongComponent(kNodes, next, any,
                         [&](auto members) { components = static_cast<std::uint32_t>(members.size()); });
  CHECK(components == kNodes);
}

TEST_CASE("random graphs have the components that their closure says", "[lockdep][strong_components]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const std::size_t nodes = 1 + random() % 12;
    Arcs arcs(nodes);
    NaiveGraph naive(nodes);
    const std::uint64_t left_out = random() % 4 == 0 ? random() : 0;
    const auto within = [&](std::uint32_t node) { return (left_out >> node & 1) == 0; };
    for (std::uint64_t i = random() % (2 * nodes + 1); i > 0; --i) {
      const std::size_t from = random() % nodes, to = random() % nodes;
      arcs[from].push_back(static_cast<std::uint32_t>(to));
      if (within(static_cast<std::uint32_t>(from)) && within(static_cast<std::uint32_t>(to))) naive.AddArc(from, to);
    }
    const Components components = ComponentsOf(arcs, within);
    std::vector<int> number(nodes, -1);
    for (std::size_t c = 0; c < components.size(); ++c) {
      for (const std::uint32_t node : components[c]) {
        REQUIRE(number[node] == -1);
        number[node] = static_cast<int>(c);
      }
    }
    for (std::size_t a = 0; a < nodes; ++a) {
      REQUIRE((number[a] >= 0) == within(static_cast<std::uint32_t>(a)));
      for (std::size_t b = 0; b < nodes; ++b) {
        if (number[a] < 0 || number[b] < 0) continue;
        REQUIRE((number[a] == number[b]) == naive.SameComponent(a, b));
        if (naive.Reaches(a, b)) REQUIRE(number[b] <= number[a]);
      }
    }
  }
}

}  // namespace
}  // namespace lockdep
