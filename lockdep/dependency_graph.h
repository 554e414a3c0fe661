// Who wanted what while holding what: contexts, and the dependencies between nodes that they make.
//
// A node is a class with its subclass, or an instance without a class.  Each node has a port N and,
// once it is wanted recursive-shared, a port R; a dependency is one or two arcs between ports
// (lockdep/README.md), kept by OrderedGraph, so that a new arc says at once whether it lies on a
// cycle, that is, on a closed strong path.
// Source: Linux Documentation/locking/lockdep-design.rst, "Dependency types and strong paths".
//
// Thread-compatible: guard with the graph mutex.
// Cost: AddContext O(held locks) arc insertions.
#ifndef LOCKDEP_DEPENDENCY_GRAPH_H_
#define LOCKDEP_DEPENDENCY_GRAPH_H_

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "lockdep/held_locks.h"
#include "lockdep/ordered_graph.h"
#include "lockdep/registry.h"

namespace lockdep {

using NodeId = std::uint32_t;  // 0: none
using ContextId = std::uint32_t;

// A lock held in a context.
struct HeldRef {
  LockId lock = 0;
  NodeId node = 0;
  Site site = 0;
  How how;
  std::uint64_t caller : 48 = 0;  // Request::caller; code addresses have no more bits
};
static_assert(sizeof(HeldRef) == 24);

struct ContextRecord {
  LockId wanted = 0;
  NodeId node = 0;  // of `wanted`, at that time
  Site site = 0;
  StackId stack = 0;
  LockId nest = 0;  // serialises the class of `wanted`; held in this context
  RoleId role = 0;
  NameId thread = 0;
  std::uint32_t held_begin = 0;
  std::uint16_t held_count = 0;
  How how;
  Context context = Context::kTask;
};

// Which kinds of a dependency were seen, as bits: 1 << (held exclusively ? 2 : 0) + (wanted R ? 1 : 0).
struct DependencyKinds {
  std::uint8_t bits = 0;

  static constexpr DependencyKinds Of(Mode held, Mode wanted) {
    return {static_cast<std::uint8_t>(
        1U << ((held == Mode::kExclusive ? 2U : 0U) + (wanted == Mode::kRecursiveShared ? 1U : 0U)))};
  }
  constexpr bool Has(bool held_exclusive, bool wanted_recursive) const {
    return (bits >> ((held_exclusive ? 2U : 0U) + (wanted_recursive ? 1U : 0U)) & 1U) != 0;
  }
};

// One way in which a dependency came about: a context and one of the locks held in it.
struct Link {
  ContextId context = 0;
  std::uint16_t held = 0;  // index among the context's held locks
};

struct Dependency {
  NodeId held = 0;
  NodeId wanted = 0;
  DependencyKinds kinds;
  bool incomplete = false;  // some of its contexts were not kept
  absl::InlinedVector<Link, 2> links;
};

struct NodeRecord {
  ClassId lock_class = 0;
  std::uint8_t subclass = 0;
  LockType type = LockType::kMutex;  // of the first lock of the node
  LockId lock = 0;                   // its instance, where it has no class
  OrderedGraph::Node port_n = 0;
  OrderedGraph::Node port_r = kNoPort;
  static constexpr OrderedGraph::Node kNoPort = ~OrderedGraph::Node{0};
};

class DependencyGraph {
 public:
  explicit DependencyGraph(Registry& registry) : registry_(registry), nodes_(1), node_of_port_(0) {}
  DependencyGraph(const DependencyGraph&) = delete;
  DependencyGraph& operator=(const DependencyGraph&) = delete;

  NodeId NodeOf(LockId lock, unsigned subclass);
  const NodeRecord& node(NodeId id) const { return nodes_[id]; }
  std::size_t node_count() const { return nodes_.size() - 1; }

  // --- For a copy of a part (cycle_evidence.h) ---------------------------------------------------
  // A node like `record`, for the instance `lock` of this graph's registry, if it is one's.
  NodeId AddNode(const NodeRecord& record, LockId lock);
  void MarkWritersIncomplete(LockId lock) { unkept_writers_.insert(lock); }
  // Which dependencies are incomplete, and which nodes are tied, as `from` has it; `nodes` says which of
  // its nodes are which here.
  void CopyFlags(const DependencyGraph& from, const std::map<NodeId, NodeId>& nodes);

  // As which node the lock was first in a context; 0: in none.
  NodeId FirstNodeOf(LockId lock) const { return lock < first_node_of_lock_.size() ? first_node_of_lock_[lock] : 0; }

  // Stores the context and its dependencies.  Returns whether one of them lies on a closed strong
  // path, or joins two instances of one node.
  bool AddContext(ContextRecord context, std::span<const HeldRef> held);
  // Marks the dependencies that a request for `lock` under `held` would make as incomplete, and the
  // list of its writers if it is one.
  void MarkIncomplete(LockId lock, NodeId wanted, Mode wanted_mode, std::span<const HeldRef> held);

  const ContextRecord& context(ContextId id) const { return contexts_[id]; }
  std::size_t context_count() const { return contexts_.size(); }
  std::span<const HeldRef> held(const ContextRecord& context) const {
    return {held_.data() + context.held_begin, context.held_count};
  }
  std::span<const HeldRef> held(ContextId id) const { return held(contexts_[id]); }

  const Dependency* Find(NodeId held, NodeId wanted) const;
  // Whether neither lock of the link is one per cpu.  The locks of one node may be of several types.
  bool IsWithoutLocal(Link link) const;
  const std::vector<Dependency>& dependencies() const { return dependencies_; }
  // Requests for the lock in exclusive mode, by a blocking or timed call.
  std::span<const ContextId> Writers(LockId lock) const;
  // Whether Writers(lock) has all of them.
  bool WritersComplete(LockId lock) const { return !unkept_writers_.contains(lock); }

  // Groups of nodes on closed strong paths, and nodes with links between two of their instances.
  // A group that a cycle of instances may pass through a tie contains both its nodes.  Each group
  // sorted by node number.
  std::vector<std::vector<NodeId>> CyclicComponents() const;
  // Whether an instance was seen as two nodes of the component: under two subclasses, or under
  // another class later.  A cycle of instances may enter it as one and leave it as the other.
  bool HasTie(std::span<const NodeId> component) const;
  // Whether some contexts of a dependency between nodes of the component were not kept.
  bool IsIncomplete(std::span<const NodeId> component) const;
  // The component of `node`, as CyclicComponents has it without ties; empty if it is on no closed
  // strong path.
  std::vector<NodeId> CyclicComponentOf(NodeId node) const;
  // Nodes that `node` was held for, in no order.
  std::vector<NodeId> Successors(NodeId node) const;
  // The links between nodes of the sorted list, or between two instances of one of them; and the locks
  // wanted there.
  std::vector<Link> LinksIn(std::span<const NodeId> component) const;
  std::vector<LockId> LocksWantedIn(std::span<const NodeId> component) const;

  const OrderedGraph& order() const { return order_; }
  std::size_t memory_bytes() const;
  void CheckInvariants() const;

 private:
  void AddDependency(NodeId held, NodeId wanted, Mode held_mode, Mode wanted_mode, Link link, bool& cyclic);
  void NeedRecursivePort(NodeId node, bool& cyclic);
  void AddArc(OrderedGraph::Node from, OrderedGraph::Node to, bool& cyclic);
  void NoteNode(LockId lock, NodeId node);
  std::vector<std::vector<NodeId>> TiedComponents() const;
  static std::uint64_t Key(NodeId held, NodeId wanted) { return static_cast<std::uint64_t>(held) << 32 | wanted; }

  Registry& registry_;
  OrderedGraph order_;
  std::vector<NodeRecord> nodes_;
  std::vector<NodeId> node_of_port_;
  std::vector<NodeId> node_of_lock_;  // by LockId, where it has no class
  absl::flat_hash_map<std::uint64_t, NodeId> node_of_class_;
  std::vector<NodeId> first_node_of_lock_;  // by LockId: as which it was first in a context
  std::set<std::pair<NodeId, NodeId>> ties_;
  std::vector<ContextRecord> contexts_;
  std::vector<HeldRef> held_;
  std::vector<Dependency> dependencies_;
  absl::flat_hash_map<std::uint64_t, std::uint32_t> dependency_of_;
  absl::flat_hash_map<LockId, std::vector<ContextId>> writers_;
  absl::flat_hash_set<LockId> unkept_writers_;
};

}  // namespace lockdep

#endif  // LOCKDEP_DEPENDENCY_GRAPH_H_
