#include "lockdep/kernel/chain_graph.h"

#include <algorithm>
#include <deque>

namespace lockdep::kernel {
namespace {

std::uint64_t Key(ClassIndex held, ClassIndex wanted) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(held)) << 32U) | static_cast<std::uint32_t>(wanted);
}

// Strongly connected components, Tarjan's algorithm without recursion.
class Tarjan {
 public:
  explicit Tarjan(const std::vector<std::vector<ClassIndex>>& next)
      : next_(next), number_(next.size(), -1), low_(next.size(), 0), on_stack_(next.size(), false) {}

  std::vector<std::vector<ClassIndex>> Run() {
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (number_[i] < 0) From(static_cast<ClassIndex>(i));
    }
    return std::move(components_);
  }

 private:
  void Enter(ClassIndex node) {
    number_[Index(node)] = low_[Index(node)] = count_++;
    stack_.push_back(node);
    on_stack_[Index(node)] = true;
    calls_.push_back({node, 0});
  }

  void From(ClassIndex root) {
    Enter(root);
    while (!calls_.empty()) {
      const ClassIndex node = calls_.back().first;
      if (calls_.back().second < next_[Index(node)].size()) {
        const ClassIndex to = next_[Index(node)][calls_.back().second++];
        if (number_[Index(to)] < 0) {
          Enter(to);
        } else if (on_stack_[Index(to)]) {
          low_[Index(node)] = std::min(low_[Index(node)], number_[Index(to)]);
        }
        continue;
      }
      calls_.pop_back();
      if (!calls_.empty()) {
        int& low = low_[Index(calls_.back().first)];
        low = std::min(low, low_[Index(node)]);
      }
      if (low_[Index(node)] == number_[Index(node)]) Close(node);
    }
  }

  void Close(ClassIndex root) {
    std::vector<ClassIndex> component;
    ClassIndex node = -1;
    do {
      node = stack_.back();
      stack_.pop_back();
      on_stack_[Index(node)] = false;
      component.push_back(node);
    } while (node != root);
    if (component.size() > 1) components_.push_back(std::move(component));
  }

  static std::size_t Index(ClassIndex node) { return static_cast<std::size_t>(node); }

  const std::vector<std::vector<ClassIndex>>& next_;
  std::vector<int> number_, low_;
  std::vector<bool> on_stack_;
  std::vector<ClassIndex> stack_;
  std::vector<std::pair<ClassIndex, std::size_t>> calls_;
  std::vector<std::vector<ClassIndex>> components_;
  int count_ = 0;
};

}  // namespace

ChainGraph::ChainGraph(const ChainTable& table) : table_(table), next_(table.names.size()) {
  for (std::size_t i = 0; i < table.chains.size(); ++i) {
    const std::vector<ClassIndex>& classes = table.chains[i].classes;
    chains_.emplace(table.chains[i].context, classes);
    const ClassIndex wanted = classes.back();
    ends_.insert(wanted);
    for (std::size_t k = 0; k + 1 < classes.size(); ++k) {
      if (classes[k] == wanted) continue;  // nesting within a class is another matter
      std::vector<ChainIndex>& contexts = contexts_[Key(classes[k], wanted)];
      if (contexts.empty()) next_[static_cast<std::size_t>(classes[k])].push_back(wanted);
      if (contexts.empty() || contexts.back() != i) contexts.push_back(static_cast<ChainIndex>(i));
    }
  }
  for (std::vector<ClassIndex>& next : next_) std::sort(next.begin(), next.end());
}

const std::vector<ChainIndex>& ChainGraph::Contexts(ClassIndex held, ClassIndex wanted) const {
  static const std::vector<ChainIndex> kNone;
  const auto found = contexts_.find(Key(held, wanted));
  return found == contexts_.end() ? kNone : found->second;
}

std::vector<ChainIndex> ChainGraph::HeldPairs(ClassIndex earlier, ClassIndex later) const {
  std::vector<ChainIndex> found;
  for (std::size_t i = 0; i < table_.chains.size(); ++i) {
    const std::vector<ClassIndex>& classes = table_.chains[i].classes;
    const auto first = std::find(classes.begin(), classes.end(), earlier);
    if (first != classes.end() && std::find(first + 1, classes.end(), later) != classes.end())
      found.push_back(static_cast<ChainIndex>(i));
  }
  return found;
}

std::set<ClassIndex> ChainGraph::HeldInAll(const std::vector<ChainIndex>& chains, ClassIndex held,
                                           ClassIndex wanted) const {
  std::set<ClassIndex> all;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const std::vector<ClassIndex>& classes = table_.chains[chains[i]].classes;
    // Up to the last time that the wanted class came onto the stack.
    const auto end = std::find(classes.rbegin(), classes.rend(), wanted).base();
    std::set<ClassIndex> here(classes.begin(), end);
    here.erase(held);
    here.erase(wanted);
    if (i == 0) {
      all = std::move(here);
    } else {
      std::erase_if(all, [&here](ClassIndex each) { return !here.contains(each); });
    }
  }
  return all;
}

bool ChainGraph::IsBlockingAt(ChainIndex chain, std::size_t position) const {
  const LockChain& whole = table_.chains[chain];
  const auto end = whole.classes.begin() + static_cast<std::ptrdiff_t>(position) + 1;
  return chains_.contains({whole.context, std::vector<ClassIndex>(whole.classes.begin(), end)});
}

std::vector<std::vector<ClassIndex>> ChainGraph::Components() const { return Tarjan(next_).Run(); }

std::vector<ClassIndex> ChainGraph::ShortestPath(ClassIndex from, ClassIndex to,
                                                 const std::vector<int>& component) const {
  std::vector<ClassIndex> before(next_.size(), -1);
  std::deque<ClassIndex> queue = {from};
  before[static_cast<std::size_t>(from)] = from;
  while (!queue.empty() && before[static_cast<std::size_t>(to)] < 0) {
    const ClassIndex node = queue.front();
    queue.pop_front();
    for (const ClassIndex each : next_[static_cast<std::size_t>(node)]) {
      const auto index = static_cast<std::size_t>(each);
      if (before[index] >= 0 || component[index] != component[static_cast<std::size_t>(from)]) continue;
      before[index] = node;
      queue.push_back(each);
    }
  }
  std::vector<ClassIndex> path;
  if (before[static_cast<std::size_t>(to)] < 0) return path;
  for (ClassIndex node = to; node != from; node = before[static_cast<std::size_t>(node)]) path.push_back(node);
  path.push_back(from);
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<std::vector<ClassIndex>> ChainGraph::Cycles(std::size_t max, bool& complete) const {
  complete = true;
  std::vector<int> component(next_.size(), -1);
  const std::vector<std::vector<ClassIndex>> components = Components();
  for (std::size_t i = 0; i < components.size(); ++i) {
    for (const ClassIndex node : components[i]) component[static_cast<std::size_t>(node)] = static_cast<int>(i);
  }
  std::set<std::vector<ClassIndex>> cycles;
  for (std::size_t from = 0; from < next_.size(); ++from) {
    for (const ClassIndex to : next_[from]) {
      if (component[from] < 0 || component[from] != component[static_cast<std::size_t>(to)]) continue;
      if (cycles.size() >= max) {
        complete = false;
        break;
      }
      std::vector<ClassIndex> cycle = ShortestPath(to, static_cast<ClassIndex>(from), component);
      std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
      cycles.insert(std::move(cycle));
    }
  }
  std::vector<std::vector<ClassIndex>> found(cycles.begin(), cycles.end());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  return found;
}

}  // namespace lockdep::kernel
