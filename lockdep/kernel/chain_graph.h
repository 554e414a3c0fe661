// The lock orders of a whole kernel, from its chains: dependencies, what was held at each, cycles.
//
// A dependency goes from every held lock of a chain to its last one; not between all pairs, because a lock in
// the middle may have been got by trylock, which waits for nobody.  The kernel itself stops at the first held
// lock that was taken by a blocking call and so misses orders below a recursive reader.
//
// Thread-compatible.  Cost: memory for each (chain, held lock); a search over the edges within each strongly
// connected component.
#ifndef LOCKDEP_KERNEL_CHAIN_GRAPH_H_
#define LOCKDEP_KERNEL_CHAIN_GRAPH_H_

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/kernel/chain_table.h"

namespace lockdep::kernel {

using ChainIndex = std::uint32_t;

class ChainGraph {
 public:
  // `table` must outlive this.
  explicit ChainGraph(const ChainTable& table);

  const ChainTable& table() const { return table_; }

  // The chains in which `held` was held when `wanted` was taken; empty if there is no such dependency.
  const std::vector<ChainIndex>& Contexts(ClassIndex held, ClassIndex wanted) const;
  // The chains in which `later` came onto the stack while `earlier` was on it, by whatever call.
  std::vector<ChainIndex> HeldPairs(ClassIndex earlier, ClassIndex later) const;
  // The classes held in every one of `chains` before position of `wanted`, without `held` and `wanted`.
  std::set<ClassIndex> HeldInAll(const std::vector<ChainIndex>& chains, ClassIndex held, ClassIndex wanted) const;

  // Was the class ever taken by a blocking call?  A class that never ends a chain was only tried, or is
  // not validated.
  bool EndsAChain(ClassIndex each) const { return ends_.contains(each); }
  // Is the chain up to `position` a chain of its own?  Then what stands there was taken by a blocking call.
  bool IsBlockingAt(ChainIndex chain, std::size_t position) const;

  // For each dependency within a component the shortest cycle through it; each cycle once, least class first.
  // At most `max` cycles; `complete` says whether these are all.
  std::vector<std::vector<ClassIndex>> Cycles(std::size_t max, bool& complete) const;

 private:
  std::vector<std::vector<ClassIndex>> Components() const;
  std::vector<ClassIndex> ShortestPath(ClassIndex from, ClassIndex to, const std::vector<int>& component) const;

  const ChainTable& table_;
  std::vector<std::vector<ClassIndex>> next_;  // by class, sorted
  absl::flat_hash_map<std::uint64_t, std::vector<ChainIndex>> contexts_;
  absl::flat_hash_set<ClassIndex> ends_;
  std::set<std::pair<std::string, std::vector<ClassIndex>>> chains_;
};

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_CHAIN_GRAPH_H_
