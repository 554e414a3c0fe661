#include "lockdep/explore/state_graph.h"

#include <algorithm>

namespace lockdep::explore {

std::pair<NodeId, bool> StateGraph::Add(const Digest& key) {
  if (const auto it = ids_.find(key); it != ids_.end()) return {*it, false};
  const auto id = static_cast<NodeId>(nodes_.size());
  keys_.push_back(key);
  nodes_.emplace_back();
  ids_.insert(id);
  return {id, true};
}

void StateGraph::AddEdges(NodeId node, std::span<const StepId> steps) {
  nodes_[node].first_edge = static_cast<std::uint32_t>(edges_.size());
  nodes_[node].edge_count = static_cast<std::uint32_t>(steps.size());
  for (const StepId step : steps) edges_.push_back({kUnexplored, step});
}

void StateGraph::Reach(NodeId node, NodeId parent, std::uint32_t parent_edge) {
  Node& reached = nodes_[node];
  const std::uint32_t depth = nodes_[parent].depth + 1;
  // Depths fall along parents, so the ways back never go round.
  if (node == 0 || (reached.parent != kNoNode && reached.depth <= depth)) return;
  reached.parent = parent;
  reached.parent_edge = parent_edge;
  reached.depth = depth;
}

std::vector<std::uint32_t> StateGraph::PathTo(NodeId id) const {
  std::vector<std::uint32_t> path;
  for (; id != 0; id = nodes_[id].parent) path.push_back(nodes_[id].parent_edge);
  std::reverse(path.begin(), path.end());
  return path;
}

std::uint64_t StateGraph::memory_bytes() const {
  return keys_.capacity() * sizeof(Digest) + nodes_.capacity() * sizeof(Node) + edges_.capacity() * sizeof(Edge) +
         ids_.capacity() * (sizeof(NodeId) + 1);
}

}  // namespace lockdep::explore
