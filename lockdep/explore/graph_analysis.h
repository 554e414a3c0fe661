// What a graph of states says: which states cannot come to a good end, where threads go round for ever, and
// the shortest ways there.
//
// A state *may end* if some steps lead from it to a goal, to a problem, or to where the search was cut off or did not
// go on: only what is known is concluded.  That a sleeper wakes up by itself can happen, but is not to be hoped
// for: such steps lead nowhere here.
//
// Thread-safe: no state.  Cost: proportional to the graph; FewestSwitches with a logarithm.
#ifndef LOCKDEP_EXPLORE_GRAPH_ANALYSIS_H_
#define LOCKDEP_EXPLORE_GRAPH_ANALYSIS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/explore/state_graph.h"
#include "lockdep/explore/vocabulary.h"

namespace lockdep::explore {

using Path = std::vector<std::uint32_t>;  // edges
using EdgeFilter = std::function<bool(const StateGraph::Edge&)>;

std::vector<bool> MayEnd(const StateGraph& graph, const Vocabulary& vocabulary);

// The strongly connected components of the nodes in `nodes`, over edges that lead to nodes and pass `follow`.
// (Tarjan, Depth-First Search and Linear Graph Algorithms, 1972.)
struct Components {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> of;             // by node
  std::vector<std::vector<NodeId>> members;  // by component
};
Components StronglyConnected(const StateGraph& graph, const std::vector<bool>& nodes, const EdgeFilter& follow);

// The components in which all threads can go round for ever: who could do a step somewhere in it, does one in it.
Components FairLoops(const StateGraph& graph, const Vocabulary& vocabulary, std::vector<bool> nodes,
                     const EdgeFilter& follow);

// From `start`, round in its component and back, with a step of every thread that has one there.
Path Lap(const StateGraph& graph, const Vocabulary& vocabulary, const Components& components, NodeId start,
         const EdgeFilter& follow);

// The ways from the root with the fewest switches of threads, and among those the fewest steps.
class FewestSwitches {
 public:
  // `before`: the thread that did the step before the root, or kNone.
  static constexpr ThreadUid kNone = ~ThreadUid{0};
  FewestSwitches(const StateGraph& graph, const Vocabulary& vocabulary, ThreadUid before);

  struct Cost {
    std::uint32_t switches = ~std::uint32_t{0};
    std::uint32_t steps = 0;
    friend auto operator<=>(const Cost&, const Cost&) = default;
  };
  // Of a way to the node; `next`: also counting a switch to this thread, unless kNone.
  Cost CostOf(NodeId node, ThreadUid next = kNone) const;
  Path PathTo(NodeId node, ThreadUid next = kNone) const;

 private:
  struct Entry {
    Cost cost;
    std::uint64_t from = 0;
    std::uint32_t edge = 0;
    ThreadUid last = kNone;
    std::uint64_t next_of_node = 0;  // + 1: another entry of the same node
  };
  std::uint64_t BestEntry(NodeId node, ThreadUid next) const;

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> first_of_node_;  // + 1
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_GRAPH_ANALYSIS_H_
