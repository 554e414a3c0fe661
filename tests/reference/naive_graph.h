// What OrderedGraph must agree with, written from the definitions: a set of arcs over up to 64
// nodes and its transitive closure.
#ifndef TESTS_REFERENCE_NAIVE_GRAPH_H_
#define TESTS_REFERENCE_NAIVE_GRAPH_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace lockdep {

class NaiveGraph {
 public:
  static constexpr std::size_t kNodesMax = 64;

  // REQUIRES: nodes <= kNodesMax.
  explicit NaiveGraph(std::size_t nodes) : nodes_(nodes) {}

  bool HasArc(std::size_t from, std::size_t to) const { return (arcs_[from] >> to & 1) != 0; }
  // Whether a path of one arc or more leads from `from` to `to`.
  bool Reaches(std::size_t from, std::size_t to) const { return (reached_[from] >> to & 1) != 0; }
  bool SameComponent(std::size_t a, std::size_t b) const { return a == b || (Reaches(a, b) && Reaches(b, a)); }

  void AddArc(std::size_t from, std::size_t to) {
    arcs_[from] |= std::uint64_t{1} << to;
    Close();
  }

  void RemoveArcsOf(std::size_t node) {
    arcs_[node] = 0;
    for (std::uint64_t& row : arcs_) row &= ~(std::uint64_t{1} << node);
    Close();
  }

 private:
  // Warshall's algorithm.
  void Close() {
    reached_ = arcs_;
    for (std::size_t via = 0; via < nodes_; ++via) {
      for (std::size_t from = 0; from < nodes_; ++from) {
        if (Reaches(from, via)) reached_[from] |= reached_[via];
      }
    }
  }

  std::size_t nodes_;
  std::array<std::uint64_t, kNodesMax> arcs_{};
  std::array<std::uint64_t, kNodesMax> reached_{};
};

}  // namespace lockdep

#endif  // TESTS_REFERENCE_NAIVE_GRAPH_H_
