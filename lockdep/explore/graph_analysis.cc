#include "lockdep/explore/graph_analysis.h"

#include <algorithm>
#include <deque>
#include <queue>
#include <set>
#include <tuple>

#include "lockdep/check.h"

namespace lockdep::explore {
namespace {

bool LeadsOn(const StateGraph::Edge& edge) { return edge.to < kProblem; }

}  // namespace

std::vector<bool> MayEnd(const StateGraph& graph, const Vocabulary& vocabulary) {
  const std::size_t count = graph.size();
  // The edges turned round: those into node n are [begins[n], begins[n + 1]) of `sources`.
  std::vector<std::uint32_t> begins(count + 1, 0), sources;
  std::vector<bool> may_end(count, false);
  std::vector<NodeId> open;
  const auto hopeful = [&](const StateGraph::Edge& edge) {
    return vocabulary.StepOf(edge.step).outcome != Outcome::kSpurious;
  };
  const auto mark = [&](NodeId node) {
    if (may_end[node]) return;
    may_end[node] = true;
    open.push_back(node);
  };
  for (NodeId node = 0; node < count; ++node) {
    if (graph.node(node).goal || graph.node(node).cut) mark(node);
    for (const StateGraph::Edge& edge : graph.EdgesOf(node)) {
      if (!hopeful(edge)) continue;
      if (LeadsOn(edge)) {
        ++begins[edge.to + 1];
      } else {
        mark(node);
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) begins[i + 1] += begins[i];
  sources.resize(begins[count]);
  std::vector<std::uint32_t> fill(begins.begin(), begins.end() - 1);
  for (NodeId node = 0; node < count; ++node) {
    for (const StateGraph::Edge& edge : graph.EdgesOf(node)) {
      if (hopeful(edge) && LeadsOn(edge)) sources[fill[edge.to]++] = node;
    }
  }
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    for (std::uint32_t i = begins[node]; i < begins[node + 1]; ++i) mark(sources[i]);
  }
  return may_end;
}

Components StronglyConnected(const StateGraph& graph, const std::vector<bool>& nodes, const EdgeFilter& follow) {
  Components result;
  result.of.assign(graph.size(), Components::kNone);
  struct Visit {
    NodeId node;
    std::uint32_t next_edge;
  };
  std::vector<std::uint32_t> index(graph.size(), 0), low(graph.size(), 0);
  std::vector<NodeId> stack;
  std::vector<Visit> visits;  // not recursive: a way may be as long as the graph
  std::uint32_t clock = 0;
  const auto enter = [&](NodeId node) {
    index[node] = low[node] = ++clock;
    stack.push_back(node);
    visits.push_back({node, 0});
  };
  for (NodeId root = 0; root < graph.size(); ++root) {
    if (!nodes[root] || index[root] != 0) continue;
    enter(root);
    while (!visits.empty()) {
      const NodeId node = visits.back().node;
      const auto edges = graph.EdgesOf(node);
      if (visits.back().next_edge < edges.size()) {
        const StateGraph::Edge& edge = edges[visits.back().next_edge++];
        if (!LeadsOn(edge) || !nodes[edge.to] || !follow(edge)) continue;
        if (index[edge.to] == 0) {
          enter(edge.to);
        } else if (result.of[edge.to] == Components::kNone) {
          low[node] = std::min(low[node], index[edge.to]);
        }
        continue;
      }
      visits.pop_back();
      if (!visits.empty()) low[visits.back().node] = std::min(low[visits.back().node], low[node]);
      if (low[node] != index[node]) continue;
      auto& members = result.members.emplace_back();
      NodeId member;
      do {
        member = stack.back();
        stack.pop_back();
        result.of[member] = static_cast<std::uint32_t>(result.members.size() - 1);
        members.push_back(member);
      } while (member != node);
    }
  }
  return result;
}

namespace {

// The threads that do a step inside the component.
std::set<ThreadUid> Movers(const StateGraph& graph, const Vocabulary& vocabulary, const Components& components,
                           std::uint32_t component, const EdgeFilter& follow) {
  std::set<ThreadUid> movers;
  for (const NodeId node : components.members[component]) {
    for (const StateGraph::Edge& edge : graph.EdgesOf(node)) {
      if (LeadsOn(edge) && components.of[edge.to] == component && follow(edge)) {
        movers.insert(vocabulary.StepOf(edge.step).thread);
      }
    }
  }
  return movers;
}

}  // namespace

// Takes away the states in which somebody is passed over who never has a turn, until none is left.
// (As for the emptiness of Streett automata: Emerson and Lei, Modalities for Model Checking, 1987.)
Components FairLoops(const StateGraph& graph, const Vocabulary& vocabulary, std::vector<bool> nodes,
                     const EdgeFilter& follow) {
  for (;;) {
    Components components = StronglyConnected(graph, nodes, follow);
    bool changed = false;
    for (std::uint32_t component = 0; component < components.members.size(); ++component) {
      const std::set<ThreadUid> movers = Movers(graph, vocabulary, components, component, follow);
      for (const NodeId node : components.members[component]) {
        const auto edges = graph.EdgesOf(node);
        const bool passes_over = std::any_of(edges.begin(), edges.end(), [&](const StateGraph::Edge& edge) {
          const Step& step = vocabulary.StepOf(edge.step);
          return step.outcome != Outcome::kSpurious && !movers.contains(step.thread);
        });
        if (!passes_over && !movers.empty()) continue;
        nodes[node] = false;
        changed = true;
      }
    }
    if (!changed) return components;
  }
}

Path Lap(const StateGraph& graph, const Vocabulary& vocabulary, const Components& components, NodeId start,
         const EdgeFilter& follow) {
  const std::uint32_t component = components.of[start];
  std::set<ThreadUid> missing = Movers(graph, vocabulary, components, component, follow);
  if (missing.empty()) return {};
  Path lap;
  NodeId at = start;
  // The nearest edge that `wanted` accepts, and the way to it and over it.
  const auto go = [&](const std::function<bool(const StateGraph::Edge&)>& wanted) {
    absl::flat_hash_map<NodeId, std::pair<NodeId, std::uint32_t>> from;
    std::deque<NodeId> queue = {at};
    from[at] = {kNoNode, 0};
    while (!queue.empty()) {
      const NodeId node = queue.front();
      queue.pop_front();
      for (std::uint32_t i = 0; i < graph.node(node).edge_count; ++i) {
        const std::uint32_t index = graph.node(node).first_edge + i;
        const StateGraph::Edge& edge = graph.edge(index);
        if (!LeadsOn(edge) || components.of[edge.to] != component || !follow(edge)) continue;
        if (wanted(edge)) {
          Path way = {index};
          for (NodeId back = node; from[back].first != kNoNode; back = from[back].first)
            way.push_back(from[back].second);
          lap.insert(lap.end(), way.rbegin(), way.rend());
          at = edge.to;
          return true;
        }
        if (from.try_emplace(edge.to, node, index).second) queue.push_back(edge.to);
      }
    }
    return false;
  };
  while (!missing.empty()) {
    LOCKDEP_CHECK(
        go([&](const StateGraph::Edge& edge) { return missing.contains(vocabulary.StepOf(edge.step).thread); }));
    for (const std::uint32_t edge : lap) missing.erase(vocabulary.StepOf(graph.edge(edge).step).thread);
  }
  if (at != start) LOCKDEP_CHECK(go([&](const StateGraph::Edge& edge) { return edge.to == start; }));
  return lap;
}

// --- Shortest ways ---------------------------------------------------------------------------------------

FewestSwitches::FewestSwitches(const StateGraph& graph, const Vocabulary& vocabulary, ThreadUid before)
    : first_of_node_(graph.size(), 0) {
  // An entry is a node and the thread that did the last step.
  using Candidate = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // switches, steps, entry
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto relax = [&](NodeId node, ThreadUid last, Cost cost, std::uint64_t from, std::uint32_t edge) {
    for (std::uint64_t i = first_of_node_[node]; i != 0; i = entries_[i - 1].next_of_node) {
      Entry& known = entries_[i - 1];
      if (known.last != last) continue;
      if (known.cost <= cost) return;
      known.cost = cost;
      known.from = from;
      known.edge = edge;
      queue.emplace(cost.switches, cost.steps, i - 1);
      return;
    }
    entries_.push_back({cost, from, edge, last, first_of_node_[node]});
    first_of_node_[node] = entries_.size();
    queue.emplace(cost.switches, cost.steps, entries_.size() - 1);
  };
  relax(0, before, {0, 0}, 0, kUnexplored);
  while (!queue.empty()) {
    const auto [switches, steps, entry] = queue.top();
    queue.pop();
    const Entry now = entries_[entry];
    if (now.cost != Cost{switches, steps}) continue;
    const NodeId node = now.edge == kUnexplored ? 0 : graph.edge(now.edge).to;
    for (std::uint32_t i = 0; i < graph.node(node).edge_count; ++i) {
      const std::uint32_t index = graph.node(node).first_edge + i;
      const StateGraph::Edge& edge = graph.edge(index);
      if (!LeadsOn(edge)) continue;
      const ThreadUid thread = vocabulary.StepOf(edge.step).thread;
      const std::uint32_t more = now.last == kNone || now.last == thread ? 0 : 1;
      relax(edge.to, thread, {switches + more, steps + 1}, entry, index);
    }
  }
}

std::uint64_t FewestSwitches::BestEntry(NodeId node, ThreadUid next) const {
  std::uint64_t best = 0;
  Cost best_cost;
  for (std::uint64_t i = first_of_node_[node]; i != 0; i = entries_[i - 1].next_of_node) {
    Cost cost = entries_[i - 1].cost;
    const ThreadUid last = entries_[i - 1].last;
    if (next != kNone && last != kNone && last != next) ++cost.switches;
    if (best != 0 && best_cost <= cost) continue;
    best = i;
    best_cost = cost;
  }
  return best;
}

FewestSwitches::Cost FewestSwitches::CostOf(NodeId node, ThreadUid next) const {
  const std::uint64_t entry = BestEntry(node, next);
  if (entry == 0) return {};
  Cost cost = entries_[entry - 1].cost;
  const ThreadUid last = entries_[entry - 1].last;
  if (next != kNone && last != kNone && last != next) ++cost.switches;
  return cost;
}

Path FewestSwitches::PathTo(NodeId node, ThreadUid next) const {
  Path path;
  std::uint64_t entry = BestEntry(node, next);
  LOCKDEP_CHECK(entry != 0);
  for (--entry; entries_[entry].edge != kUnexplored; entry = entries_[entry].from) path.push_back(entries_[entry].edge);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace lockdep::explore
