// The states that a search has met, and the steps between them.
//
// A node is a state, known by its digest.  Its edges are all that can be done there, in the order in which they
// should be tried; each leads to a node, to a problem, or is not explored yet.  A node may be *cut*: more could be
// done there, but a bound forbids it, so no absence may be concluded from it.
//
// Thread-compatible.  Cost: some 60 bytes a node and 8 an edge.
#ifndef LOCKDEP_EXPLORE_STATE_GRAPH_H_
#define LOCKDEP_EXPLORE_STATE_GRAPH_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "lockdep/explore/digest.h"
#include "lockdep/explore/vocabulary.h"

namespace lockdep::explore {

using NodeId = std::uint32_t;
inline constexpr NodeId kUnexplored = ~NodeId{0};
inline constexpr NodeId kProblem = kUnexplored - 1;  // the step ends the run
inline constexpr NodeId kNoNode = kUnexplored;

class StateGraph {
 public:
  struct Edge {
    NodeId to = kUnexplored;
    StepId step = 0;
  };
  struct Node {
    std::uint64_t operations = 0;  // hash of what the threads stand before
    std::uint32_t first_edge = 0;
    std::uint32_t edge_count = 0;
    std::uint32_t explored = 0;  // so many edges, from the first on
    NodeId parent = kNoNode;
    std::uint32_t parent_edge = 0;
    std::uint32_t depth = 0;
    bool goal = false;  // all threads ended or rest
    bool cut = false;
  };

  StateGraph() : ids_(0, Hash{&keys_}, Equal{&keys_}) {}
  StateGraph(const StateGraph&) = delete;
  StateGraph& operator=(const StateGraph&) = delete;

  // The node with this digest, and whether it is new.
  std::pair<NodeId, bool> Add(const Digest& key);
  void AddEdges(NodeId node, std::span<const StepId> steps);
  // Reached from `parent`: its way from the root is remembered if it is a shorter one.
  void Reach(NodeId node, NodeId parent, std::uint32_t parent_edge);

  std::size_t size() const { return nodes_.size(); }
  std::size_t edge_count() const { return edges_.size(); }
  Node& node(NodeId id) { return nodes_[id]; }
  const Node& node(NodeId id) const { return nodes_[id]; }
  const Digest& key(NodeId id) const { return keys_[id]; }
  Edge& edge(std::uint32_t index) { return edges_[index]; }
  const Edge& edge(std::uint32_t index) const { return edges_[index]; }
  std::span<const Edge> EdgesOf(NodeId id) const {
    return {edges_.data() + nodes_[id].first_edge, nodes_[id].edge_count};
  }

  // The edges from the root, which is node 0, to the node.
  std::vector<std::uint32_t> PathTo(NodeId id) const;

  std::uint64_t memory_bytes() const;

 private:
  // The set holds numbers only; digests are in keys_.
  struct Hash {
    using is_transparent = void;
    const std::vector<Digest>* keys;
    std::size_t operator()(NodeId id) const { return static_cast<std::size_t>((*keys)[id].a); }
    std::size_t operator()(const Digest& key) const { return static_cast<std::size_t>(key.a); }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<Digest>* keys;
    bool operator()(NodeId x, NodeId y) const { return x == y; }
    bool operator()(NodeId x, const Digest& y) const { return (*keys)[x] == y; }
    bool operator()(const Digest& x, NodeId y) const { return x == (*keys)[y]; }
  };

  std::vector<Digest> keys_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  absl::flat_hash_set<NodeId, Hash, Equal> ids_;
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_STATE_GRAPH_H_
