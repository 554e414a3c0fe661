// A directed graph that knows its strongly connected components and a topological order of them
// after every new arc.  It knows nothing of locks.
//
// B. Haeupler, T. Kavitha, R. Mathew, S. Sen, R. Tarjan, "Incremental Cycle Detection, Topological
// Ordering, and Strong Component Maintenance", ACM Transactions on Algorithms 8(1), 2012: the
// two-way search from both ends of the new arc, the lowest node of the forward and the highest node
// of the backward search first, one arc each in turn, until the two meet.  The order is kept by
// tags (lockdep/order_list.h), one per component.
//
// Promises: every arc is stored, also one that closes a cycle; the components are exact after every
// AddArc; the same calls give the same order, components and lists.
// Does not: split a component.  A node leaves only while it is alone in its component.
//
// Thread-compatible: guard with the graph mutex; const calls may run at the same time.
// Cost: an arc that agrees with the order costs one comparison beside being stored.  Any other walks
// arcs from both its ends in turn until the searches meet or one ends, O(sqrt(arcs)) amortised by the
// paper; visits() counts them: in tests/bench 0 to 3 per arc with four arcs per node, 14 where random
// arcs join a million nodes to one path.  Joining components renames each node at most log2(nodes)
// times.  37 bytes per node and up to half of that in reserve, 8 bytes
// per arc and what its blocks have free (lockdep/adjacency.h).
//
// Invariants:
//  1. an arc between two components leads from the earlier one to the later one;
//  2. the nodes of a component reach each other by arcs within it;
//  3. a node is a successor of another one exactly if that is a predecessor of it.
// 1 and 2 together make the components the strongly connected ones.
#ifndef LOCKDEP_ORDERED_GRAPH_H_
#define LOCKDEP_ORDERED_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/adjacency.h"
#include "lockdep/order_list.h"

namespace lockdep {

class OrderedGraph {
 public:
  using Node = std::uint32_t;

  // What a new arc did.
  enum class Arc : std::uint8_t {
    kAlreadyThere,     // nothing
    kOrdered,          // it lies on no cycle
    kWithinComponent,  // it lies on a cycle; both ends were in one component before
    kMerged,           // it lies on a cycle, whose components are now one
  };

  // A new node, at the end of the order.  Ids are dense; that of a removed node is used again.
  Node AddNode();
  // Forgets the node and its arcs.  REQUIRES: it is alone in its component.
  void RemoveNode(Node node);

  // REQUIRES: from != to.
  Arc AddArc(Node from, Node to);
  bool HasArc(Node from, Node to) const;

  // A node of the component that stands for it until the component grows.
  Node ComponentOf(Node node) const { return component_[node]; }
  // The nodes of the component of `node`.  Like the two below: valid until the next change.
  std::span<const Node> Members(Node node) const;
  std::span<const Node> Successors(Node node) const { return successors_.Of(node); }
  std::span<const Node> Predecessors(Node node) const { return predecessors_.Of(node); }

  // Whether the component of `a` comes before that of `b`.  If a path leads from `a` to `b`, then
  // it does or both are one component; the converse does not hold.
  bool Before(Node a, Node b) const { return order_.Before(component_[a], component_[b]); }

  std::size_t size() const { return component_.size() - free_.size(); }
  std::size_t arcs() const { return arcs_; }
  // Arcs walked, components moved and nodes renamed so far to keep order and components.
  std::uint64_t visits() const { return visits_; }
  // Tags changed so far to make room in the order.
  std::uint64_t relabels() const { return order_.relabels(); }
  std::size_t memory_bytes() const;

  // Aborts if an invariant does not hold.  Linear.
  void CheckInvariants() const;

 private:
  static constexpr Node kNoComponent = 0xffffffff;  // of a removed node

  // Marks of a component during one search.
  enum Mark : std::uint8_t {
    kForward = 1,   // a path leads to it from the head of the new arc
    kBackward = 2,  // a path leads from it to the tail of the new arc
    kOnCycle = 4,
  };

  // A component found by a search and not yet done: some of its arcs were not walked.
  struct Live {
    std::uint64_t key;  // forward the tag, backward its complement: the least comes first
    Node component;
    std::uint32_t member;  // the next arc to walk: of this member ...
    std::uint32_t arc;     // ... this one
    std::span<const Node> members;
  };

  // One of the two searches.
  struct Search {
    std::vector<Live> live;  // heap
    std::vector<Node> done;  // in the order of their keys
  };

  // Makes room in the order for an arc from component `tail` to the earlier component `head`.
  // Returns whether it closes a cycle, which is then one component.
  bool Reorder(Node tail, Node head);
  // Runs both searches until they meet or one has seen everything.  True if there is a cycle.
  bool RunSearches(Node tail, Node head);
  bool StepForward(std::uint64_t tail_tag);
  bool StepBackward();
  // The component at the other end of the next arc of the search's first live component, or
  // kNoComponent if that had none and is now done.
  Node WalkArc(Search& search, const Adjacency& adjacency);
  void Find(Search& search, Node component, std::uint64_t key, Mark mark);
  // Moves the components of the cycle from the `done` lists to cycle_.
  void CollectCycle(Node pivot);
  bool HasMarkedNeighbour(Node component, const Adjacency& adjacency, std::uint8_t marks);
  // Makes one component of cycle_ and returns it.
  Node MergeCycle();
  // Puts what was found where invariant 1 wants it, around `pivot`.
  void Arrange(Node pivot, Node tail);

  // Aborts unless every member is reached from the component's first along `adjacency`.
  void CheckComponent(Node component, const Adjacency& adjacency) const;

  bool IsMarked(Node component, std::uint8_t marks) const { return (marks_[component] & marks) != 0; }
  void SetMark(Node component, Mark mark);

  OrderList order_;  // of the components
  Adjacency successors_;
  Adjacency predecessors_;
  std::vector<Node> component_;                           // of each node
  std::vector<std::uint8_t> marks_;                       // of each component; 0 between calls
  absl::flat_hash_map<Node, std::vector<Node>> members_;  // of components of two nodes or more
  std::vector<Node> free_;
  std::size_t arcs_ = 0;
  std::uint64_t visits_ = 0;

  // Scratch of one AddArc.
  Search forward_;
  Search backward_;
  std::vector<Node> cycle_;
  std::vector<Node> marked_;
};

}  // namespace lockdep

#endif  // LOCKDEP_ORDERED_GRAPH_H_
