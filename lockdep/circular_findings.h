// The circular findings of a component of the graph, as lockdep/README.md defines them.
//
// Thread-compatible; reads graph and registry: guard with the graph mutex, unless they are copies.
// Cost: that of the searches (cycle_search.h, episode_search.h).
#ifndef LOCKDEP_CIRCULAR_FINDINGS_H_
#define LOCKDEP_CIRCULAR_FINDINGS_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/cycle_search.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/episode_search.h"
#include "lockdep/finding_builder.h"
#include "lockdep/registry.h"

namespace lockdep {

struct CircularFindings {
  std::vector<std::pair<NodeCycle, Finding>> findings;
  std::uint64_t steps = 0;  // of the search for cycles
  std::string note;         // a sentence, if it gave up
};

class CircularSearch {
 public:
  // `episodes` may be null: then the verdicts are those of stage 2.  `origins`: see refutation.h; a cycle that no other
  // choice of contexts makes than those that are judged elsewhere is `false` without a reason.
  CircularSearch(const DependencyGraph& graph, const Registry& registry, const BuilderOptions& options,
                 const EpisodeSearch* episodes, const RoleOrigins* origins = nullptr)
      : graph_(graph),
        refuter_(graph, registry, options.closed_world, origins),
        builder_(graph, registry, options),
        episodes_(episodes) {}

  CircularFindings In(std::span<const NodeId> component, std::uint64_t steps_max) const;

 private:
  using Findings = std::vector<std::pair<NodeCycle, Finding>>;

  Finding Judge(const NodeCycle& cycle, Instantiation found) const;
  void Unshadow(std::span<const NodeId> component, Findings& findings, SearchBudget& budget) const;

  const DependencyGraph& graph_;
  const Refuter refuter_;
  const FindingBuilder builder_;
  const EpisodeSearch* const episodes_;
};

}  // namespace lockdep

#endif  // LOCKDEP_CIRCULAR_FINDINGS_H_
