// The strongly connected components of a graph, in reverse topological order.
//
// R. Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on Computing, 1972; without recursion.
//
// Pure function.
// Cost: O(nodes + arcs) time, 16 bytes a node.
#ifndef LOCKDEP_STRONG_COMPONENTS_H_
#define LOCKDEP_STRONG_COMPONENTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockdep {

// Of the nodes below `nodes` for which `within` is true; `next(node)` gives the successors of one as something with
// size() and operator[].  Each component is handed to `found` when all components that it leads to were.
template <typename Next, typename Within, typename Found>
void ForEachStrongComponent(std::uint32_t nodes, const Next& next, const Within& within, const Found& found) {
  constexpr std::uint32_t kDone = 0xffffffff;
  struct Visit {
    std::uint32_t node;
    std::uint32_t arc;
  };
  std::vector<std::uint32_t> low(nodes, 0);  // 0: not visited
  std::vector<std::uint32_t> open;           // visited, component not complete
  std::vector<Visit> path;
  std::uint32_t clock = 0;
  const auto enter = [&](std::uint32_t node) {
    low[node] = ++clock;
    open.push_back(node);
    path.push_back({node, 0});
  };
  // The number of a node is kept beside it on the path; `low` is the least number that it reaches.
  std::vector<std::uint32_t> number;
  for (std::uint32_t root = 0; root < nodes; ++root) {
    if (low[root] != 0 || !within(root)) continue;
    enter(root);
    number.push_back(clock);
    while (!path.empty()) {
      Visit& visit = path.back();
      const auto& arcs = next(visit.node);
      if (visit.arc < arcs.size()) {
        const std::uint32_t to = arcs[visit.arc++];
        if (!within(to)) continue;
        if (low[to] == 0) {
          enter(to);
          number.push_back(clock);
        } else if (low[to] != kDone) {
          low[visit.node] = std::min(low[visit.node], low[to]);
        }
        continue;
      }
      const std::uint32_t node = visit.node;
      const std::uint32_t own = number.back();
      path.pop_back();
      number.pop_back();
      if (!path.empty()) low[path.back().node] = std::min(low[path.back().node], low[node]);
      if (low[node] != own) continue;
      const auto begin = std::find(open.rbegin(), open.rend(), node).base() - 1;
      const std::size_t first = static_cast<std::size_t>(begin - open.begin());
      for (std::size_t i = first; i < open.size(); ++i) low[open[i]] = kDone;
      found(std::span<const std::uint32_t>(open).subspan(first));
      open.resize(first);
    }
  }
}

}  // namespace lockdep

#endif  // LOCKDEP_STRONG_COMPONENTS_H_
