// Closed strong paths: the minimal ones between nodes, and those between instances that nothing
// refutes.  What is looked for is defined in lockdep/README.md, "What is a circular finding".
//
// Thread-compatible: reads the graph, guard with the graph mutex.
// Cost: exponential in the worst case (the number of answers is), so every search spends steps of a
// budget and says when it gave up.  A component of k nodes on one cycle costs O(k^3).
#ifndef LOCKDEP_CYCLE_SEARCH_H_
#define LOCKDEP_CYCLE_SEARCH_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lockdep/dependency_graph.h"
#include "lockdep/refutation.h"

namespace lockdep {

class SearchBudget {
 public:
  explicit SearchBudget(std::uint64_t steps) : left_(steps) {}
  // False once the budget is spent.
  bool Spend(std::uint64_t steps = 1) {
    if (left_ < steps) {
      left_ = 0;
      return false;
    }
    left_ -= steps;
    spent_ += steps;
    return true;
  }
  bool exhausted() const { return left_ == 0; }
  std::uint64_t spent() const { return spent_; }

 private:
  std::uint64_t left_;
  std::uint64_t spent_ = 0;
};

// A list of nodes, each held while the next is wanted, the last while the first is.
using NodeCycle = std::vector<NodeId>;

// The rotation that starts with the smallest number (of those, the smallest list).
NodeCycle LeastRotation(const NodeCycle& cycle);

// Whether kinds can be chosen for the dependencies along `cycle` such that every joint is strong.
bool IsStrong(const DependencyGraph& graph, const NodeCycle& cycle);

// The minimal strong cycles of distinct nodes within `component`, each in least rotation, sorted.
std::vector<NodeCycle> MinimalStrongCycles(const DependencyGraph& graph, std::span<const NodeId> component,
                                           SearchBudget& budget);

// What is known about the instance cycles that project onto one node cycle.
struct Instantiation {
  std::vector<LinkView> links;  // the first not refuted, else the first at all; may be empty
  bool refuted = true;          // all of them are
  bool gave_up = false;
  std::vector<Refutation> refutations;  // of all of them, if all are refuted
};

// Looks for an instance cycle along `cycle` that is not refuted.
Instantiation Instantiate(const DependencyGraph& graph, const Refuter& refuter, const NodeCycle& cycle,
                          SearchBudget& budget);

// Whether a nest annotation orders every choice of contexts along `cycle`.
bool OrderedByNesting(const DependencyGraph& graph, const NodeCycle& cycle, SearchBudget& budget);

struct InstanceCycle {
  NodeCycle nodes;  // in the order of `links`: links[i] goes from nodes[i] to nodes[i + 1]
  std::vector<LinkView> links;
};

// Finds the instance cycles within `component` that nothing refutes, one per list of nodes, shortest
// first, leaving out those whose list of nodes is in `open` or `judged`, and those on whose nodes a shorter
// one of `open` lies, or one found before of which `found` returned that it is open too.
void FindInstanceCycles(const DependencyGraph& graph, const Refuter& refuter, std::span<const NodeId> component,
                        const std::vector<NodeCycle>& open, const std::vector<NodeCycle>& judged, SearchBudget& budget,
                        const std::function<bool(InstanceCycle)>& found);

}  // namespace lockdep

#endif  // LOCKDEP_CYCLE_SEARCH_H_
