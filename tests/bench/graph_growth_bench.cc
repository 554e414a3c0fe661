// What it costs to grow the dependency graph: every arc of a large graph inserted once.
//
// One iteration builds one graph of `nodes` nodes with four arcs per node (random_chain: one).
// Counters:
//   time/arc, visits/arc, relabels/arc   of all insertions, AddNode included
//   B/node      of the graph with its nodes and no arc
//   B/arc       what the arcs added to that
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "lockdep/ordered_graph.h"
#include "lockdep/validator.h"

namespace lockdep {
namespace {

using Node = OrderedGraph::Node;
using Arcs = std::vector<std::pair<Node, Node>>;

constexpr Node kArcsPerNode = 4;
// How far apart in creation the ends of an arc are where creation matters: locks of one object and
// its neighbours.
constexpr Node kNear = 64;

std::pair<Node, Node> NearPair(std::mt19937_64& random, Node node) {
  return {node - 1 - static_cast<Node>(random() % std::min(node, kNear)), node};
}

// From older to younger nodes, as the younger are created.
Arcs CreationOrder(Node nodes) {
  std::mt19937_64 random(1);
  Arcs arcs;
  for (Node node = 1; node < nodes; ++node) {
    for (Node i = 0; i < kArcsPerNode; ++i) arcs.push_back(NearPair(random, node));
  }
  return arcs;
}

// From younger to older nodes: locks created from the inside out.
Arcs ReversedCreationOrder(Node nodes) {
  Arcs arcs = CreationOrder(nodes);
  for (auto& [from, to] : arcs) std::swap(from, to);
  return arcs;
}

// Arcs that agree with one hidden order of the nodes, anywhere, in any order.
Arcs RandomAcyclic(Node nodes) {
  std::mt19937_64 random(2);
  std::vector<Node> hidden(nodes);
  std::iota(hidden.begin(), hidden.end(), 0);
  std::shuffle(hidden.begin(), hidden.end(), random);
  Arcs arcs;
  while (arcs.size() < std::size_t{nodes} * kArcsPerNode) {
    const Node a = static_cast<Node>(random() % nodes);
    const Node b = static_cast<Node>(random() % nodes);
    if (a != b) arcs.emplace_back(hidden[std::min(a, b)], hidden[std::max(a, b)]);
  }
  return arcs;
}

// As above without the hidden order: nearly all nodes end in one component.
Arcs RandomCyclic(Node nodes) {
  std::mt19937_64 random(3);
  Arcs arcs;
  while (arcs.size() < std::size_t{nodes} * kArcsPerNode) {
    const Node a = static_cast<Node>(random() % nodes);
    const Node b = static_cast<Node>(random() % nodes);
    if (a != b) arcs.emplace_back(a, b);
  }
  return arcs;
}

// One path through all nodes, which have random ids, arc by arc in random order: of the orders tried
// the one with the most visits per arc, because every arc joins two paths that must be made one.
Arcs RandomChain(Node nodes) {
  std::mt19937_64 random(4);
  std::vector<Node> path(nodes);
  std::iota(path.begin(), path.end(), 0);
  std::shuffle(path.begin(), path.end(), random);
  Arcs arcs;
  for (Node i = 1; i < nodes; ++i) arcs.emplace_back(path[i - 1], path[i]);
  std::shuffle(arcs.begin(), arcs.end(), random);
  return arcs;
}

void GrowGraph(benchmark::State& state, Arcs (*make_arcs)(Node)) {
  const Node nodes = static_cast<Node>(state.range(0));
  const Arcs arcs = make_arcs(nodes);
  OrderedGraph empty;
  for (Node node = 0; node < nodes; ++node) empty.AddNode();
  const double node_bytes = static_cast<double>(empty.memory_bytes());
  double visits = 0, relabels = 0, arc_bytes = 0, stored = 0;
  for (auto _ : state) {
    OrderedGraph graph;
    for (Node node = 0; node < nodes; ++node) graph.AddNode();
    for (auto [from, to] : arcs) benchmark::DoNotOptimize(graph.AddArc(from, to));
    state.PauseTiming();
    stored = static_cast<double>(graph.arcs());
    visits = static_cast<double>(graph.visits());
    relabels = static_cast<double>(graph.relabels());
    arc_bytes = static_cast<double>(graph.memory_bytes()) - node_bytes;
    { const OrderedGraph dropped = std::move(graph); }
    state.ResumeTiming();
  }
  state.counters["time/arc"] =
      benchmark::Counter(stored, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["visits/arc"] = visits / stored;
  state.counters["relabels/arc"] = relabels / stored;
  state.counters["B/node"] = node_bytes / nodes;
  state.counters["B/arc"] = arc_bytes / stored;
}

// The same through the validator: one thread takes the two locks of each arc, so every pair is a
// new chain, a context, a dependency and an arc.  No stack is walked.  `B/lock` is of the locks
// before any is nested.
void GrowValidator(benchmark::State& state, Arcs (*make_arcs)(Node)) {
  const Node nodes = static_cast<Node>(state.range(0));
  const Arcs arcs = make_arcs(nodes);
  double lock_bytes = 0, arc_bytes = 0, stored = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto validator = std::make_unique<Validator>();
    std::vector<LockId> locks;
    for (Node node = 0; node < nodes; ++node) locks.push_back(validator->AddLock({}));
    ThreadState* thread = validator->StartThread(validator->AddRole({"main", true, false}), "main");
    lock_bytes = static_cast<double>(validator->counters().memory_bytes);
    state.ResumeTiming();
    for (auto [from, to] : arcs) {
      for (const Node node : {from, to}) {
        const Request request{locks[node], How::Of(Mode::kExclusive), 0, 1};
        validator->Acquire(*thread, request);
        validator->Acquired(*thread, request);
      }
      validator->Release(*thread, locks[to], 1);
      validator->Release(*thread, locks[from], 1);
    }
    state.PauseTiming();
    stored = static_cast<double>(validator->counters().edges);
    arc_bytes = static_cast<double>(validator->counters().memory_bytes) - lock_bytes;
    validator->EndThread(thread, 1);
    validator.reset();
    state.ResumeTiming();
  }
  state.counters["time/edge"] =
      benchmark::Counter(stored, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["B/lock"] = lock_bytes / nodes;
  state.counters["B/edge"] = arc_bytes / stored;
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  for (Node nodes : {1'000, 10'000, 100'000, 1'000'000}) benchmark->Arg(nodes);
  benchmark->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(GrowGraph, creation_order, CreationOrder)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowGraph, reversed_order, ReversedCreationOrder)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowGraph, random_order, RandomAcyclic)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowGraph, random_cyclic, RandomCyclic)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowGraph, random_chain, RandomChain)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowValidator, creation_order, CreationOrder)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowValidator, reversed_order, ReversedCreationOrder)->Apply(Sizes);
BENCHMARK_CAPTURE(GrowValidator, random_order, RandomAcyclic)->Apply(Sizes);

}  // namespace
}  // namespace lockdep

BENCHMARK_MAIN();
