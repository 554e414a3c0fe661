#include "lockdep/dependency_graph.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {

NodeId DependencyGraph::NodeOf(LockId lock, unsigned subclass) {
  const ClassId lock_class = registry_.lock(lock).lock_class;
  NodeId* slot = nullptr;
  if (lock_class == 0) {
    if (lock >= node_of_lock_.size()) node_of_lock_.resize(std::max<std::size_t>(lock + 1, node_of_lock_.size() * 2));
    slot = &node_of_lock_[lock];
  } else {
    slot = &node_of_class_[static_cast<std::uint64_t>(lock_class) << 3 | subclass];
  }
  if (*slot == 0) {
    *slot = static_cast<NodeId>(nodes_.size());
    NodeRecord record;
    record.lock_class = lock_class;
    record.subclass = static_cast<std::uint8_t>(lock_class == 0 ? 0 : subclass);
    record.type = registry_.lock(lock).type;
    record.lock = lock_class == 0 ? lock : 0;
    record.port_n = order_.AddNode();
    LOCKDEP_CHECK(record.port_n == node_of_port_.size());
    node_of_port_.push_back(*slot);
    nodes_.push_back(record);
  }
  return *slot;
}

bool DependencyGraph::AddContext(ContextRecord context, std::span<const HeldRef> held) {
  context.held_begin = static_cast<std::uint32_t>(held_.size());
  context.held_count = static_cast<std::uint16_t>(held.size());
  held_.insert(held_.end(), held.begin(), held.end());
  const auto id = static_cast<ContextId>(contexts_.size());
  contexts_.push_back(context);
  if (context.how.mode() == Mode::kExclusive && context.how.tracked()) writers_[context.wanted].push_back(id);

  NoteNode(context.wanted, context.node);
  for (const HeldRef& ref : held) {
    if (!ref.how.unchecked()) NoteNode(ref.lock, ref.node);
  }
  bool cyclic = false;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i].how.unchecked()) continue;         // kept for the report only
    if (held[i].lock == context.wanted) continue;  // not a dependency: self-deadlock or a second read
    AddDependency(held[i].node, context.node, held[i].how.mode(), context.how.mode(),
                  {id, static_cast<std::uint16_t>(i)}, cyclic);
  }
  return cyclic;
}

void DependencyGraph::NoteNode(LockId lock, NodeId node) {
  if (lock >= first_node_of_lock_.size()) {
    first_node_of_lock_.resize(std::max<std::size_t>(lock + 1, first_node_of_lock_.size() * 2));
  }
  NodeId& first = first_node_of_lock_[lock];
  if (first == 0) first = node;
  if (first != node) ties_.emplace(first, node);
}

void DependencyGraph::AddDependency(NodeId held, NodeId wanted, Mode held_mode, Mode wanted_mode, Link link,
                                    bool& cyclic) {
  const bool recursive = wanted_mode == Mode::kRecursiveShared;
  if (recursive) NeedRecursivePort(wanted, cyclic);
  const auto [it, is_new] =
      dependency_of_.try_emplace(Key(held, wanted), static_cast<std::uint32_t>(dependencies_.size()));
  if (is_new) {
    dependencies_.emplace_back();
    dependencies_.back().held = held;
    dependencies_.back().wanted = wanted;
  }
  Dependency& dependency = dependencies_[it->second];
  dependency.links.push_back(link);
  const DependencyKinds kind = DependencyKinds::Of(held_mode, wanted_mode);
  const bool kind_is_new = (dependency.kinds.bits & kind.bits) == 0;
  dependency.kinds.bits |= kind.bits;

  const OrderedGraph::Node to = recursive ? nodes_[wanted].port_r : nodes_[wanted].port_n;
  if (kind_is_new) {
    AddArc(nodes_[held].port_n, to, cyclic);
    if (held_mode == Mode::kExclusive && nodes_[held].port_r != NodeRecord::kNoPort) {
      AddArc(nodes_[held].port_r, to, cyclic);
    }
  }
  // Also another context for a dependency that is on a cycle already, or another kind of it.
  for (const OrderedGraph::Node from : {nodes_[held].port_n, nodes_[held].port_r}) {
    if (held == wanted || from == NodeRecord::kNoPort) continue;
    if (order_.ComponentOf(from) == order_.ComponentOf(to)) cyclic = true;
  }
  if (held == wanted) cyclic = true;
}

void DependencyGraph::NeedRecursivePort(NodeId id, bool& cyclic) {
  if (nodes_[id].port_r != NodeRecord::kNoPort) return;
  const OrderedGraph::Node port = order_.AddNode();
  LOCKDEP_CHECK(port == node_of_port_.size());
  node_of_port_.push_back(id);
  nodes_[id].port_r = port;
  // What leaves the node by an exclusive hold leaves it through either port.
  const std::span<const OrderedGraph::Node> successors = order_.Successors(nodes_[id].port_n);
  const std::vector<OrderedGraph::Node> targets(successors.begin(), successors.end());
  for (const OrderedGraph::Node target : targets) {
    const NodeId wanted = node_of_port_[target];
    const Dependency* dependency = Find(id, wanted);
    LOCKDEP_CHECK(dependency != nullptr);
    if (dependency->kinds.Has(true, target == nodes_[wanted].port_r)) AddArc(port, target, cyclic);
  }
  // Between two instances of the node itself port N has no arc to itself.
  const Dependency* nesting = Find(id, id);
  if (nesting != nullptr && nesting->kinds.Has(true, false)) AddArc(port, nodes_[id].port_n, cyclic);
}

void DependencyGraph::AddArc(OrderedGraph::Node from, OrderedGraph::Node to, bool& cyclic) {
  if (from == to) return;
  switch (order_.AddArc(from, to)) {
    case OrderedGraph::Arc::kAlreadyThere:
    case OrderedGraph::Arc::kOrdered: return;
    case OrderedGraph::Arc::kWithinComponent:
    case OrderedGraph::Arc::kMerged: cyclic = true; return;
  }
}

void DependencyGraph::MarkIncomplete(LockId lock, NodeId wanted, Mode wanted_mode, std::span<const HeldRef> held) {
  NoteNode(lock, wanted);
  for (const HeldRef& ref : held) NoteNode(ref.lock, ref.node);
  if (wanted_mode == Mode::kExclusive) unkept_writers_.insert(lock);
  for (const HeldRef& ref : held) {
    if (ref.how.unchecked()) continue;
    const auto it = dependency_of_.find(Key(ref.node, wanted));
    if (it == dependency_of_.end()) continue;
    Dependency& dependency = dependencies_[it->second];
    dependency.incomplete = true;
    LOCKDEP_CHECK((dependency.kinds.bits & DependencyKinds::Of(ref.how.mode(), wanted_mode).bits) != 0);
  }
}

const Dependency* DependencyGraph::Find(NodeId held, NodeId wanted) const {
  const auto it = dependency_of_.find(Key(held, wanted));
  return it == dependency_of_.end() ? nullptr : &dependencies_[it->second];
}

bool DependencyGraph::IsWithoutLocal(Link link) const {
  const ContextRecord& record = contexts_[link.context];
  return registry_.lock(record.wanted).type != LockType::kLocal &&
         registry_.lock(held(record)[link.held].lock).type != LockType::kLocal;
}

std::span<const ContextId> DependencyGraph::Writers(LockId lock) const {
  const auto it = writers_.find(lock);
  if (it == writers_.end()) return {};
  return it->second;
}

std::vector<NodeId> DependencyGraph::CyclicComponentOf(NodeId node) const {
  const NodeRecord& record = nodes_[node];
  const std::span<const OrderedGraph::Node> of_n = order_.Members(record.port_n);
  std::span<const OrderedGraph::Node> of_r;
  if (record.port_r != NodeRecord::kNoPort) of_r = order_.Members(record.port_r);
  if (of_n.size() < 2 && of_r.size() < 2 && Find(node, node) == nullptr) return {};
  absl::flat_hash_set<NodeId> found{node};
  for (const OrderedGraph::Node member : of_n) found.insert(node_of_port_[member]);
  for (const OrderedGraph::Node member : of_r) found.insert(node_of_port_[member]);
  std::vector<NodeId> nodes(found.begin(), found.end());
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

std::vector<std::vector<NodeId>> DependencyGraph::CyclicComponents() const {
  std::vector<std::vector<NodeId>> components;
  absl::flat_hash_set<NodeId> done;
  for (NodeId id = 1; id < nodes_.size(); ++id) {
    if (done.contains(id)) continue;
    // A node whose two ports lie in different components joins them: an instance cycle may pass
    // through both.
    std::vector<NodeId> component = CyclicComponentOf(id);
    for (std::size_t i = 0; i < component.size(); ++i) {
      if (!done.insert(component[i]).second) continue;
      for (const NodeId other : CyclicComponentOf(component[i])) {
        if (std::find(component.begin(), component.end(), other) == component.end()) component.push_back(other);
      }
    }
    if (component.empty()) continue;
    std::sort(component.begin(), component.end());
    components.push_back(std::move(component));
  }
  for (std::vector<NodeId>& tied : TiedComponents()) {
    std::erase_if(components, [&tied](const std::vector<NodeId>& component) {
      return std::binary_search(tied.begin(), tied.end(), component.front());
    });
    components.push_back(std::move(tied));
  }
  return components;
}

NodeId DependencyGraph::AddNode(const NodeRecord& record, LockId lock) {
  NodeRecord added = record;
  added.lock = lock;
  added.port_n = order_.AddNode();
  added.port_r = NodeRecord::kNoPort;
  LOCKDEP_CHECK(added.port_n == node_of_port_.size());
  const auto id = static_cast<NodeId>(nodes_.size());
  node_of_port_.push_back(id);
  nodes_.push_back(added);
  return id;
}

void DependencyGraph::CopyFlags(const DependencyGraph& from, const std::map<NodeId, NodeId>& nodes) {
  std::vector<NodeId> original(nodes_.size(), 0);
  for (const auto& [node, here] : nodes) original[here] = node;
  for (Dependency& dependency : dependencies_) {
    const Dependency* same = from.Find(original[dependency.held], original[dependency.wanted]);
    LOCKDEP_CHECK(same != nullptr);
    dependency.incomplete = same->incomplete;
  }
  ties_.clear();
  for (const auto& [a, b] : from.ties_) {
    if (nodes.contains(a) && nodes.contains(b)) ties_.emplace(nodes.at(a), nodes.at(b));
  }
}

bool DependencyGraph::HasTie(std::span<const NodeId> component) const {
  return std::any_of(ties_.begin(), ties_.end(), [component](const auto& tie) {
    return std::binary_search(component.begin(), component.end(), tie.first) &&
           std::binary_search(component.begin(), component.end(), tie.second);
  });
}

bool DependencyGraph::IsIncomplete(std::span<const NodeId> component) const {
  return std::any_of(dependencies_.begin(), dependencies_.end(), [component](const Dependency& dependency) {
    return dependency.incomplete && std::binary_search(component.begin(), component.end(), dependency.held) &&
           std::binary_search(component.begin(), component.end(), dependency.wanted);
  });
}

// The strongly connected components that contain a tie, with ties as arcs in both directions.
// Kept out of `order_`, because a tie is no dependency.  Every component of `order_` that meets one
// of these lies in it.
std::vector<std::vector<NodeId>> DependencyGraph::TiedComponents() const {
  std::vector<std::vector<NodeId>> components;
  if (ties_.empty()) return components;
  OrderedGraph graph;
  for (std::size_t i = 0; i < nodes_.size(); ++i) LOCKDEP_CHECK(graph.AddNode() == i);
  for (const Dependency& dependency : dependencies_) {
    if (dependency.held != dependency.wanted) graph.AddArc(dependency.held, dependency.wanted);
  }
  for (const auto& [a, b] : ties_) {
    graph.AddArc(a, b);
    graph.AddArc(b, a);
  }
  absl::flat_hash_set<OrderedGraph::Node> done;
  for (const auto& [a, b] : ties_) {
    if (!done.insert(graph.ComponentOf(a)).second) continue;
    const std::span<const OrderedGraph::Node> members = graph.Members(a);
    std::vector<NodeId> component(members.begin(), members.end());
    std::sort(component.begin(), component.end());
    components.push_back(std::move(component));
  }
  return components;
}

std::vector<NodeId> DependencyGraph::Successors(NodeId node) const {
  std::vector<NodeId> result;
  for (const OrderedGraph::Node target : order_.Successors(nodes_[node].port_n)) {
    const NodeId successor = node_of_port_[target];
    if (std::find(result.begin(), result.end(), successor) == result.end()) result.push_back(successor);
  }
  return result;
}

std::vector<Link> DependencyGraph::LinksIn(std::span<const NodeId> component) const {
  std::vector<Link> links;
  for (const NodeId held : component) {
    std::vector<NodeId> wanted = Successors(held);
    if (std::find(wanted.begin(), wanted.end(), held) == wanted.end()) wanted.push_back(held);
    for (const NodeId node : wanted) {
      if (!std::binary_search(component.begin(), component.end(), node)) continue;
      const Dependency* dependency = Find(held, node);
      if (dependency != nullptr) links.insert(links.end(), dependency->links.begin(), dependency->links.end());
    }
  }
  return links;
}

std::vector<LockId> DependencyGraph::LocksWantedIn(std::span<const NodeId> component) const {
  absl::flat_hash_set<LockId> locks;
  for (const Link& link : LinksIn(component)) locks.insert(contexts_[link.context].wanted);
  return {locks.begin(), locks.end()};
}

std::size_t DependencyGraph::memory_bytes() const {
  return order_.memory_bytes() + nodes_.capacity() * sizeof(NodeRecord) + node_of_port_.capacity() * sizeof(NodeId) +
         (node_of_lock_.capacity() + first_node_of_lock_.capacity()) * sizeof(NodeId) +
         contexts_.capacity() * sizeof(ContextRecord) + held_.capacity() * sizeof(HeldRef) +
         dependencies_.capacity() * sizeof(Dependency) + dependency_of_.capacity() * (sizeof(std::uint64_t) * 2 + 1);
}

void DependencyGraph::CheckInvariants() const {
  order_.CheckInvariants();
  for (const Dependency& dependency : dependencies_) {
    LOCKDEP_CHECK(!dependency.links.empty());
    for (const Link& link : dependency.links) {
      const ContextRecord& record = contexts_[link.context];
      LOCKDEP_CHECK(record.node == dependency.wanted);
      const HeldRef& ref = held(record)[link.held];
      LOCKDEP_CHECK(ref.node == dependency.held);
      LOCKDEP_CHECK((dependency.kinds.bits & DependencyKinds::Of(ref.how.mode(), record.how.mode()).bits) != 0);
    }
    const NodeRecord& from = nodes_[dependency.held];
    const NodeRecord& to = nodes_[dependency.wanted];
    for (const bool recursive : {false, true}) {
      const bool exclusive = dependency.kinds.Has(true, recursive);
      const bool any = exclusive || dependency.kinds.Has(false, recursive);
      if (!any) continue;
      const OrderedGraph::Node target = recursive ? to.port_r : to.port_n;
      LOCKDEP_CHECK(from.port_n == target || order_.HasArc(from.port_n, target));
      if (from.port_r == NodeRecord::kNoPort || from.port_r == target) continue;
      LOCKDEP_CHECK(order_.HasArc(from.port_r, target) == exclusive);
    }
  }
}

}  // namespace lockdep
