#include "lockdep/cycle_search.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace lockdep {
namespace {

// The links of a dependency, one of each kind as far as a refutation can tell them apart.
std::vector<LinkView> DistinctLinks(const DependencyGraph& graph, const Refuter& refuter,
                                    const Dependency& dependency) {
  std::vector<LinkView> result;
  absl::flat_hash_set<std::vector<std::uint64_t>> seen;
  for (const Link& link : dependency.links) {
    const ContextRecord& context = graph.context(link.context);
    std::vector<std::uint64_t> signature{
        static_cast<std::uint64_t>(context.role) << 8 | static_cast<std::uint64_t>(context.context),
        static_cast<std::uint64_t>(context.wanted) << 16 | static_cast<std::uint64_t>(context.how.kind()) << 8 |
            static_cast<std::uint64_t>(context.how.mode()),
        context.nest, link.held};
    for (const HeldRef& held : graph.held(context)) {
      if (held.how.unchecked()) continue;
      signature.push_back(static_cast<std::uint64_t>(held.lock) << 8 |
                          static_cast<std::uint64_t>(held.how.kind()) << 4 |
                          static_cast<std::uint64_t>(held.how.mode()));
    }
    if (seen.insert(std::move(signature)).second) result.push_back(refuter.View(link));
  }
  return result;
}

// Searches one component for minimal strong cycles: paths from their smallest node on, each
// extended until its nodes contain a strong cycle.  A cycle with a strong cycle on fewer of its
// nodes is never completed, because that cycle ends the path before.
class MinimalCycleSearch {
 public:
  MinimalCycleSearch(const DependencyGraph& graph, std::span<const NodeId> component, SearchBudget& budget)
      : graph_(graph), nodes_(component.begin(), component.end()), budget_(budget) {
    absl::flat_hash_map<NodeId, int> index;
    for (std::size_t i = 0; i < nodes_.size(); ++i) index[nodes_[i]] = static_cast<int>(i);
    successors_.resize(nodes_.size());
    predecessors_.resize(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const NodeId successor : graph.Successors(nodes_[i])) {
        const auto it = index.find(successor);
        if (it == index.end() || it->second == static_cast<int>(i)) continue;
        successors_[i].push_back(it->second);
        predecessors_[it->second].push_back(static_cast<int>(i));
      }
      std::sort(successors_[i].begin(), successors_[i].end());
    }
  }

  std::vector<NodeCycle> Run() {
    in_path_.assign(nodes_.size(), false);
    for (int root = 0; root < static_cast<int>(nodes_.size()); ++root) {
      MarkNodesThatReach(root);
      path_ = {root};
      in_path_[root] = true;
      Extend(root);
      in_path_[root] = false;
      if (budget_.exhausted()) break;
    }
    return {found_.begin(), found_.end()};
  }

 private:
  DependencyKinds Kinds(int from, int to) const {
    const Dependency* dependency = graph_.Find(nodes_[from], nodes_[to]);
    return dependency == nullptr ? DependencyKinds{} : dependency->kinds;
  }

  void MarkNodesThatReach(int root) {
    reaches_.assign(nodes_.size(), false);
    reaches_[root] = true;
    std::vector<int> work{root};
    while (!work.empty()) {
      const int at = work.back();
      work.pop_back();
      for (const int from : predecessors_[at]) {
        if (from <= root || reaches_[from]) continue;
        reaches_[from] = true;
        work.push_back(from);
      }
    }
  }

  // Depth-first without recursion, because a path may be as long as the component is large.
  void Extend(int root) {
    std::vector<std::size_t> next{0};
    while (!next.empty()) {
      const int at = path_.back();
      if (next.back() == successors_[at].size() || budget_.exhausted()) {
        next.pop_back();
        if (path_.size() > 1) {
          in_path_[at] = false;
          path_.pop_back();
        }
        continue;
      }
      const int to = successors_[at][next.back()++];
      if (to <= root || in_path_[to] || !reaches_[to]) continue;
      if (!budget_.Spend(path_.size())) continue;
      path_.push_back(to);
      if (CompletesCycle() || HasStrongChord(to)) {
        path_.pop_back();
        continue;
      }
      in_path_[to] = true;
      next.push_back(0);
    }
  }

  // Whether an earlier node of the path reaches the new one by E and N: the cycle through that
  // chord is strong if the longer one is.
  bool HasStrongChord(int to) const {
    for (std::size_t i = 0; i + 2 < path_.size(); ++i) {
      if (Kinds(path_[i], to).Has(true, false)) return true;
    }
    return false;
  }

  // Whether the nodes of the path contain a strong cycle; it is kept if it needs all of them.
  bool CompletesCycle() {
    // Without a step back into the path there is none.
    const int last = path_.back();
    bool closes = false;
    for (const int successor : successors_[last]) closes = closes || in_path_[successor];
    if (!closes || !HasStrongCycle(path_, -1)) return false;
    std::vector<int> set = path_;
    std::sort(set.begin(), set.end());
    if (!sets_.insert(set).second) return true;
    for (std::size_t i = 0; i < path_.size(); ++i) {
      if (!budget_.Spend(path_.size()) || HasStrongCycle(path_, static_cast<int>(i))) return true;
    }
    std::vector<int> order{set.front()};
    KeepCyclesOver(set, order);
    return true;
  }

  // Whether the ports of `set`, without the one at index `without`, have a directed cycle.
  bool HasStrongCycle(const std::vector<int>& set, int without) const {
    // Removes ports that nothing enters, until none is left or only cycles are.
    const int n = static_cast<int>(set.size());
    const auto arc = [&](int from, int to) {  // port 2i is N of set[i], port 2i + 1 is R
      if (from / 2 == to / 2 || from / 2 == without || to / 2 == without) return false;
      const DependencyKinds kinds = Kinds(set[from / 2], set[to / 2]);
      return kinds.Has(true, to % 2 == 1) || (from % 2 == 0 && kinds.Has(false, to % 2 == 1));
    };
    std::vector<int> entered(2 * n, 0);
    std::vector<std::vector<int>> out(2 * n);
    for (int from = 0; from < 2 * n; ++from) {
      for (int to = 0; to < 2 * n; ++to) {
        if (!arc(from, to)) continue;
        out[from].push_back(to);
        ++entered[to];
      }
    }
    std::vector<int> work;
    for (int port = 0; port < 2 * n; ++port) {
      if (entered[port] == 0) work.push_back(port);
    }
    int removed = 0;
    while (!work.empty()) {
      const int port = work.back();
      work.pop_back();
      ++removed;
      for (const int to : out[port]) {
        if (--entered[to] == 0) work.push_back(to);
      }
    }
    return removed < 2 * n;
  }

  // Keeps every strong cycle that passes all of `set`, in each order there is.
  void KeepCyclesOver(const std::vector<int>& set, std::vector<int>& order) {
    if (!budget_.Spend()) return;
    if (order.size() == set.size()) {
      NodeCycle cycle;
      for (const int i : order) cycle.push_back(nodes_[i]);
      if (IsStrong(graph_, cycle)) found_.insert(LeastRotation(cycle));
      return;
    }
    for (const int to : successors_[order.back()]) {
      if (!std::binary_search(set.begin(), set.end(), to)) continue;
      if (std::find(order.begin(), order.end(), to) != order.end()) continue;
      order.push_back(to);
      KeepCyclesOver(set, order);
      order.pop_back();
    }
  }

  const DependencyGraph& graph_;
  const std::vector<NodeId> nodes_;
  SearchBudget& budget_;
  std::vector<std::vector<int>> successors_;
  std::vector<std::vector<int>> predecessors_;
  std::vector<bool> reaches_;
  std::vector<bool> in_path_;
  std::vector<int> path_;
  absl::flat_hash_set<std::vector<int>> sets_;
  std::set<NodeCycle> found_;
};

// Searches the instance cycles along one node cycle.
class InstantiationSearch {
 public:
  InstantiationSearch(const DependencyGraph& graph, const Refuter& refuter, const NodeCycle& cycle,
                      SearchBudget& budget)
      : refuter_(refuter), budget_(budget) {
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      choices_.push_back(DistinctLinks(graph, refuter, *graph.Find(cycle[i], cycle[(i + 1) % cycle.size()])));
    }
  }

  Instantiation Run() {
    Choose();
    return std::move(result_);
  }

 private:
  void Choose() {
    const std::size_t at = chosen_.size();
    if (at == choices_.size()) {
      Judge();
      return;
    }
    for (const LinkView& link : choices_[at]) {
      if (!result_.refuted || result_.gave_up) return;
      if (!budget_.Spend()) {
        result_.gave_up = true;
        return;
      }
      if (at > 0 && (link.held != chosen_.back().wanted || !Refuter::StrongJoint(chosen_.back(), link))) continue;
      if (at + 1 == choices_.size() &&
          (link.wanted != chosen_.front().held || !Refuter::StrongJoint(link, chosen_.front()))) {
        continue;
      }
      chosen_.push_back(link);
      Choose();
      chosen_.pop_back();
    }
  }

  void Judge() {
    std::vector<Refutation> refutations = refuter_.Cycle(chosen_);
    if (refutations.empty()) {
      result_.refuted = false;
      result_.links = chosen_;
      result_.refutations.clear();
      return;
    }
    if (result_.links.empty()) result_.links = chosen_;
    result_.refutations.insert(result_.refutations.end(), refutations.begin(), refutations.end());
  }

  const Refuter& refuter_;
  SearchBudget& budget_;
  std::vector<std::vector<LinkView>> choices_;
  std::vector<LinkView> chosen_;
  Instantiation result_;
};

// Searches a component for instance cycles that nothing refutes, by increasing length.
class InstanceCycleSearch {
 public:
  InstanceCycleSearch(const DependencyGraph& graph, const Refuter& refuter, std::span<const NodeId> component,
                      const std::vector<NodeCycle>& open, const std::vector<NodeCycle>& judged, SearchBudget& budget,
                      const std::function<bool(InstanceCycle)>& found)
      : refuter_(refuter), budget_(budget), found_(found) {
    const absl::flat_hash_set<NodeId> members(component.begin(), component.end());
    for (const NodeId from : component) {
      std::vector<NodeId> targets = graph.Successors(from);
      if (graph.Find(from, from) != nullptr) targets.push_back(from);
      for (const NodeId to : targets) {
        if (!members.contains(to)) continue;
        for (const LinkView& link : DistinctLinks(graph, refuter, *graph.Find(from, to))) {
          if (!refuter.Timed(link.link.context, nullptr)) links_[link.held].push_back(link);
        }
      }
    }
    for (const NodeCycle& cycle : judged) seen_.insert(LeastRotation(cycle));
    for (const NodeCycle& cycle : open) {
      seen_.insert(LeastRotation(cycle));
      shadows_.push_back({NodeSet(cycle), cycle.size()});
    }
  }

  void Run() {
    std::vector<LockId> roots;
    for (const auto& [lock, links] : links_) roots.push_back(lock);
    std::sort(roots.begin(), roots.end());
    for (length_ = 2; length_ <= roots.size() && !budget_.exhausted(); ++length_) {
      reached_length_ = false;
      for (const LockId root : roots) {
        root_ = root;
        Extend();
      }
      if (!reached_length_) break;
    }
  }

 private:
  struct Shadow {
    std::vector<NodeId> nodes;
    std::size_t length;
  };
  static std::vector<NodeId> NodeSet(const NodeCycle& cycle) {
    std::vector<NodeId> set = cycle;
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    return set;
  }

  // Whether a shorter cycle lies on the nodes of the path.
  bool Shadowed() const {
    NodeCycle nodes;
    for (const LinkView& link : path_) nodes.push_back(link.held_node);
    const std::vector<NodeId> set = NodeSet(nodes);
    return std::any_of(shadows_.begin(), shadows_.end(), [&](const Shadow& shadow) {
      return shadow.length < length_ && std::includes(set.begin(), set.end(), shadow.nodes.begin(), shadow.nodes.end());
    });
  }

  void Extend() {
    const LockId at = path_.empty() ? root_ : path_.back().wanted;
    const auto it = links_.find(at);
    if (it == links_.end()) return;
    for (const LinkView& link : it->second) {
      if (!budget_.Spend()) return;
      if (!Fits(link)) continue;
      path_.push_back(link);
      if (Shadowed()) {
        path_.pop_back();
        continue;
      }
      if (path_.size() < length_) {
        Extend();
      } else if (link.wanted == root_) {
        Keep();
      } else {
        reached_length_ = true;  // longer paths exist
      }
      path_.pop_back();
    }
  }

  bool Fits(const LinkView& link) const {
    const bool last = path_.size() + 1 == length_;
    if (link.wanted == root_) {
      if (!last) return false;
      if (!Refuter::StrongJoint(link, path_.empty() ? link : path_.front())) return false;
    } else if (link.wanted < root_) {
      return false;  // found from that lock
    }
    if (!path_.empty() && !Refuter::StrongJoint(path_.back(), link)) return false;
    for (const LinkView& before : path_) {
      if (link.wanted == before.wanted) return false;
      if (refuter_.Pair(before.link.context, link.link.context, nullptr)) return false;
    }
    return true;
  }

  void Keep() {
    NodeCycle nodes;
    for (const LinkView& link : path_) nodes.push_back(link.held_node);
    NodeCycle least = LeastRotation(nodes);
    if (seen_.contains(least) || !refuter_.Cycle(path_).empty()) return;
    seen_.insert(std::move(least));
    std::vector<NodeId> set = NodeSet(nodes);
    if (found_({std::move(nodes), path_})) shadows_.push_back({std::move(set), length_});
  }

  const Refuter& refuter_;
  SearchBudget& budget_;
  const std::function<bool(InstanceCycle)>& found_;
  absl::flat_hash_map<LockId, std::vector<LinkView>> links_;
  absl::flat_hash_set<NodeCycle> seen_;
  std::vector<Shadow> shadows_;
  std::vector<LinkView> path_;
  LockId root_ = 0;
  std::size_t length_ = 0;
  bool reached_length_ = false;
};

// Whether a nest annotation orders the two contexts.
bool NestOrders(const DependencyGraph& graph, ContextId a, ContextId b) {
  const LockId nest = graph.context(a).nest;
  if (nest == 0) return false;
  bool exclusive = false;
  for (const HeldRef& held : graph.held(a)) exclusive = exclusive || (held.lock == nest && !IsShared(held.how.mode()));
  for (const HeldRef& held : graph.held(b)) {
    if (held.lock == nest) return exclusive || !IsShared(held.how.mode());
  }
  return false;
}

// Whether every way to complete `chosen` along `cycle` has two contexts ordered by nesting.
bool AllOrdered(const DependencyGraph& graph, const NodeCycle& cycle, std::vector<ContextId>& chosen,
                SearchBudget& budget) {
  if (chosen.size() == cycle.size()) return false;
  const Dependency& dependency = *graph.Find(cycle[chosen.size()], cycle[(chosen.size() + 1) % cycle.size()]);
  for (const Link& link : dependency.links) {
    if (!budget.Spend()) return false;
    const bool ordered = std::any_of(chosen.begin(), chosen.end(), [&](ContextId other) {
      return other != link.context &&
             (NestOrders(graph, other, link.context) || NestOrders(graph, link.context, other));
    });
    if (ordered) continue;
    chosen.push_back(link.context);
    const bool all = AllOrdered(graph, cycle, chosen, budget);
    chosen.pop_back();
    if (!all) return false;
  }
  return true;
}

}  // namespace

NodeCycle LeastRotation(const NodeCycle& cycle) {
  NodeCycle least = cycle;
  NodeCycle rotated = cycle;
  for (std::size_t i = 1; i < cycle.size(); ++i) {
    std::rotate(rotated.begin(), rotated.begin() + 1, rotated.end());
    if (rotated < least) least = rotated;
  }
  return least;
}

bool IsStrong(const DependencyGraph& graph, const NodeCycle& cycle) {
  std::vector<DependencyKinds> kinds;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Dependency* dependency = graph.Find(cycle[i], cycle[(i + 1) % cycle.size()]);
    if (dependency == nullptr) return false;
    kinds.push_back(dependency->kinds);
  }
  // For each way to hold the first lock: by which ports the path can enter the next one.
  for (const bool first_exclusive : {true, false}) {
    bool by_n = kinds[0].Has(first_exclusive, false);
    bool by_r = kinds[0].Has(first_exclusive, true);
    for (std::size_t i = 1; i < kinds.size(); ++i) {
      const bool exclusive = by_n || by_r;  // any entry may be left by an exclusive hold
      const bool shared = by_n;             // only N may be left by a shared one
      by_n = (exclusive && kinds[i].Has(true, false)) || (shared && kinds[i].Has(false, false));
      by_r = (exclusive && kinds[i].Has(true, true)) || (shared && kinds[i].Has(false, true));
    }
    if (by_n || (by_r && first_exclusive)) return true;
  }
  return false;
}

std::vector<NodeCycle> MinimalStrongCycles(const DependencyGraph& graph, std::span<const NodeId> component,
                                           SearchBudget& budget) {
  return MinimalCycleSearch(graph, component, budget).Run();
}

Instantiation Instantiate(const DependencyGraph& graph, const Refuter& refuter, const NodeCycle& cycle,
                          SearchBudget& budget) {
  return InstantiationSearch(graph, refuter, cycle, budget).Run();
}

bool OrderedByNesting(const DependencyGraph& graph, const NodeCycle& cycle, SearchBudget& budget) {
  bool any = false;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    for (const Link& link : graph.Find(cycle[i], cycle[(i + 1) % cycle.size()])->links) {
      any = any || graph.context(link.context).nest != 0;
    }
  }
  std::vector<ContextId> chosen;
  return any && AllOrdered(graph, cycle, chosen, budget);
}

void FindInstanceCycles(const DependencyGraph& graph, const Refuter& refuter, std::span<const NodeId> component,
                        const std::vector<NodeCycle>& open, const std::vector<NodeCycle>& judged, SearchBudget& budget,
                        const std::function<bool(InstanceCycle)>& found) {
  InstanceCycleSearch(graph, refuter, component, open, judged, budget, found).Run();
}

}  // namespace lockdep
