// Names of the paper: v is the tail and w the head of the new arc; F and B are what the forward and
// the backward search found; t, here the pivot, is the lowest node of F that is not done, or v.  All
// of F before t and all of B behind t are done.  So t splits every path from w to v: what lies before
// t is in F, what lies behind is in B, and if t is on a path it is in both.
//
// Where the paper deletes arcs inside a component, they stay here and are walked again when a search
// passes the component.
#include "lockdep/ordered_graph.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/check.h"
#include "lockdep/grow_by_half.h"

namespace lockdep {
namespace {

// For a heap whose front has the least key.
constexpr auto kLaterKey = [](const auto& a, const auto& b) { return a.key > b.key; };

}  // namespace

OrderedGraph::Node OrderedGraph::AddNode() {
  Node node;
  if (free_.empty()) {
    LOCKDEP_CHECK(component_.size() < kNoComponent - 1);
    node = static_cast<Node>(component_.size());
    GrowByHalf(component_);
    component_.push_back(node);
    GrowByHalf(marks_);
    marks_.push_back(0);
    successors_.AddNode();
    predecessors_.AddNode();
  } else {
    node = free_.back();
    free_.pop_back();
    component_[node] = node;
  }
  order_.PushBack(node);
  return node;
}

void OrderedGraph::RemoveNode(Node node) {
  LOCKDEP_CHECK(node < component_.size() && component_[node] != kNoComponent && Members(node).size() == 1);
  arcs_ -= successors_.Count(node) + predecessors_.Count(node);
  for (Node successor : successors_.Of(node)) predecessors_.Remove(successor, node);
  for (Node predecessor : predecessors_.Of(node)) successors_.Remove(predecessor, node);
  successors_.Clear(node);
  predecessors_.Clear(node);
  order_.Remove(node);
  component_[node] = kNoComponent;
  free_.push_back(node);
}

OrderedGraph::Arc OrderedGraph::AddArc(Node from, Node to) {
  LOCKDEP_CHECK(from != to && from < component_.size() && to < component_.size());
  const Node tail = component_[from];
  const Node head = component_[to];
  LOCKDEP_CHECK(tail != kNoComponent && head != kNoComponent);
  if (HasArc(from, to)) return Arc::kAlreadyThere;
  Arc result = Arc::kOrdered;
  if (tail == head) {
    result = Arc::kWithinComponent;
  } else if (!order_.Before(tail, head) && Reorder(tail, head)) {
    result = Arc::kMerged;
  }
  successors_.Add(from, to);
  predecessors_.Add(to, from);
  ++arcs_;
  return result;
}

bool OrderedGraph::HasArc(Node from, Node to) const {
  return successors_.Count(from) <= predecessors_.Count(to) ? successors_.Contains(from, to)
                                                            : predecessors_.Contains(to, from);
}

std::span<const OrderedGraph::Node> OrderedGraph::Members(Node node) const {
  const Node& component = component_[node];
  const auto found = members_.find(component);
  if (found != members_.end()) return found->second;
  return {&component, 1};  // a node that is alone stands for itself
}

bool OrderedGraph::Reorder(Node tail, Node head) {
  const bool cyclic = RunSearches(tail, head);
  const Node pivot = forward_.live.empty() ? tail : forward_.live.front().component;
  // What the backward search found before the pivot stays where it is.
  while (!backward_.done.empty() && !order_.Before(pivot, backward_.done.back())) backward_.done.pop_back();
  std::reverse(backward_.done.begin(), backward_.done.end());
  if (cyclic) CollectCycle(pivot);
  Arrange(pivot, tail);
  for (Node component : marked_) marks_[component] = 0;
  marked_.clear();
  forward_.live.clear();
  forward_.done.clear();
  backward_.live.clear();
  backward_.done.clear();
  cycle_.clear();
  return cyclic;
}

bool OrderedGraph::RunSearches(Node tail, Node head) {
  const std::uint64_t tail_tag = order_.Tag(tail);
  Find(forward_, head, order_.Tag(head), kForward);
  Find(backward_, tail, ~tail_tag, kBackward);
  bool cyclic = false;
  while (!forward_.live.empty() && !backward_.live.empty() && forward_.live.front().key < ~backward_.live.front().key) {
    cyclic |= StepForward(tail_tag);
    cyclic |= StepBackward();
  }
  return cyclic;
}

bool OrderedGraph::StepForward(std::uint64_t tail_tag) {
  const Node found = WalkArc(forward_, successors_);
  if (found == kNoComponent || IsMarked(found, kForward)) return false;
  const std::uint64_t tag = order_.Tag(found);
  if (tag <= tail_tag) Find(forward_, found, tag, kForward);
  return IsMarked(found, kBackward);
}

bool OrderedGraph::StepBackward() {
  const Node found = WalkArc(backward_, predecessors_);
  if (found == kNoComponent || IsMarked(found, kBackward)) return false;
  // Nothing before the first live component of the forward search will be walked from here.
  const std::uint64_t tag = order_.Tag(found);
  if (!forward_.live.empty() && tag >= forward_.live.front().key) Find(backward_, found, ~tag, kBackward);
  return IsMarked(found, kForward);
}

OrderedGraph::Node OrderedGraph::WalkArc(Search& search, const Adjacency& adjacency) {
  Live& live = search.live.front();
  for (; live.member < live.members.size(); ++live.member, live.arc = 0) {
    const std::span<const Node> neighbours = adjacency.Of(live.members[live.member]);
    if (live.arc < neighbours.size()) {
      ++visits_;
      return component_[neighbours[live.arc++]];
    }
  }
  search.done.push_back(live.component);
  std::pop_heap(search.live.begin(), search.live.end(), kLaterKey);
  search.live.pop_back();
  return kNoComponent;
}

void OrderedGraph::Find(Search& search, Node component, std::uint64_t key, Mark mark) {
  SetMark(component, mark);
  search.live.push_back(Live{key, component, 0, 0, Members(component)});
  std::push_heap(search.live.begin(), search.live.end(), kLaterKey);
}

void OrderedGraph::SetMark(Node component, Mark mark) {
  if (marks_[component] == 0) marked_.push_back(component);
  marks_[component] |= mark;
}

void OrderedGraph::CollectCycle(Node pivot) {
  // Before the pivot, what reaches the tail: from the last to the first, so that a successor is
  // decided before it is asked for.  Behind the pivot, what is reached from the head, likewise.
  for (auto it = forward_.done.rbegin(); it != forward_.done.rend(); ++it) {
    if (HasMarkedNeighbour(*it, successors_, kBackward | kOnCycle)) SetMark(*it, kOnCycle);
  }
  for (Node component : backward_.done) {
    if (HasMarkedNeighbour(component, predecessors_, kForward | kOnCycle)) SetMark(component, kOnCycle);
  }
  if (IsMarked(pivot, kBackward)) {
    SetMark(pivot, kOnCycle);
    cycle_.push_back(pivot);
  }
  for (Search* search : {&forward_, &backward_}) {
    std::erase_if(search->done, [this](Node component) {
      if (!IsMarked(component, kOnCycle)) return false;
      cycle_.push_back(component);
      return true;
    });
  }
}

bool OrderedGraph::HasMarkedNeighbour(Node component, const Adjacency& adjacency, std::uint8_t marks) {
  for (Node member : Members(component)) {
    for (Node neighbour : adjacency.Of(member)) {
      ++visits_;
      const Node other = component_[neighbour];
      if (other != component && IsMarked(other, marks)) return true;
    }
  }
  return false;
}

OrderedGraph::Node OrderedGraph::MergeCycle() {
  const Node merged = *std::max_element(cycle_.begin(), cycle_.end(),
                                        [this](Node a, Node b) { return Members(a).size() < Members(b).size(); });
  std::vector<Node> members;
  if (const auto found = members_.find(merged); found != members_.end()) {
    members = std::move(found->second);
  } else {
    members.push_back(merged);
  }
  for (Node component : cycle_) {
    if (component == merged) continue;
    const std::size_t old_size = members.size();
    const std::span<const Node> added = Members(component);
    members.insert(members.end(), added.begin(), added.end());
    for (std::size_t i = old_size; i < members.size(); ++i) component_[members[i]] = merged;
    visits_ += members.size() - old_size;
    members_.erase(component);
  }
  members_[merged] = std::move(members);
  return merged;
}

void OrderedGraph::Arrange(Node pivot, Node tail) {
  // In front of the pivot: B without the cycle, the cycle, F without the cycle, each in its old
  // order.  If the pivot is on the cycle, the cycle is where it is; if it is the tail, F is behind.
  visits_ += backward_.done.size() + forward_.done.size();
  const bool pivot_on_cycle = IsMarked(pivot, kOnCycle);
  order_.MoveBefore(pivot, backward_.done);
  if (!cycle_.empty()) {
    const Node merged = MergeCycle();
    if (merged != pivot) order_.MoveBefore(pivot, {&merged, 1});
    for (Node component : cycle_) {
      if (component != pivot && component != merged) order_.Remove(component);
    }
  }
  if (pivot_on_cycle || pivot == tail) {
    order_.MoveAfter(pivot, forward_.done);
  } else {
    order_.MoveBefore(pivot, forward_.done);
  }
  if (component_[pivot] != pivot) order_.Remove(pivot);
}

std::size_t OrderedGraph::memory_bytes() const {
  std::size_t bytes = order_.memory_bytes() + successors_.memory_bytes() + predecessors_.memory_bytes() +
                      component_.capacity() * sizeof(Node) + marks_.capacity() + free_.capacity() * sizeof(Node) +
                      members_.capacity() * (sizeof(decltype(members_)::value_type) + 1);
  for (const auto& [component, members] : members_) bytes += members.capacity() * sizeof(Node);
  for (const Search* search : {&forward_, &backward_}) {
    bytes += search->live.capacity() * sizeof(Live) + search->done.capacity() * sizeof(Node);
  }
  return bytes + (cycle_.capacity() + marked_.capacity()) * sizeof(Node);
}

void OrderedGraph::CheckInvariants() const {
  order_.CheckInvariants();
  successors_.CheckInvariants();
  predecessors_.CheckInvariants();
  std::size_t nodes = 0, out = 0, in = 0, components = 0;
  for (Node node = 0; node < component_.size(); ++node) {
    out += successors_.Count(node);
    in += predecessors_.Count(node);
    LOCKDEP_CHECK(marks_[node] == 0);
    if (component_[node] == kNoComponent) continue;
    ++nodes;
    for (Node successor : successors_.Of(node)) {
      LOCKDEP_CHECK(predecessors_.Contains(successor, node));
      LOCKDEP_CHECK(component_[node] == component_[successor] || Before(node, successor));
    }
    if (component_[node] != node) continue;
    ++components;
    LOCKDEP_CHECK(order_.Contains(node));
    CheckComponent(node, successors_);
    CheckComponent(node, predecessors_);
  }
  for (const auto& [component, members] : members_) {
    LOCKDEP_CHECK(component_[component] == component && members.size() >= 2);
  }
  LOCKDEP_CHECK(marked_.empty() && cycle_.empty() && forward_.live.empty() && backward_.live.empty());
  LOCKDEP_CHECK(nodes == size() && out == arcs_ && in == arcs_ && components == order_.size());
}

void OrderedGraph::CheckComponent(Node component, const Adjacency& adjacency) const {
  const std::span<const Node> members = Members(component);
  LOCKDEP_CHECK(members.size() == 1 || members_.contains(component));
  if (members.size() == 1) return;
  std::vector<Node> reached = {component};
  absl::flat_hash_set<Node> seen = {component};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (Node neighbour : adjacency.Of(reached[i])) {
      if (component_[neighbour] == component && seen.insert(neighbour).second) reached.push_back(neighbour);
    }
  }
  LOCKDEP_CHECK(reached.size() == members.size());
  for (Node member : members) LOCKDEP_CHECK(seen.contains(member));
}

}  // namespace lockdep
