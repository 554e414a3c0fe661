// What verdicts about cycles rest on, copied out of the evidence, so that it can be searched for long while
// threads go on.
//
// The copy has only the contexts with a link inside a cyclic component, the writers of the locks wanted there,
// and what these mention.  All of it is numbered in the same order as in the evidence, so what is found does
// not depend on the rest.
//
// Thread-compatible; make it under the graph mutex, then it is its owner's.
// Cost: proportional to what is copied, plus the links of the components.
#ifndef LOCKDEP_CYCLE_EVIDENCE_H_
#define LOCKDEP_CYCLE_EVIDENCE_H_

#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/episode_search.h"
#include "lockdep/registry.h"

namespace lockdep {

// Copies from one registry to another one what is asked for, each once.  Classes and roles keep their numbers.
class RegistryPart {
 public:
  RegistryPart(const Registry& from, bool sites_are_code, Registry& to);

  LockId Lock(LockId lock);
  NameId Name(NameId name);
  Site SiteOf(Site site);
  StackId Stack(StackId stack);

 private:
  const Registry& from_;
  const bool sites_are_code_;
  Registry& to_;
  absl::flat_hash_map<LockId, LockId> locks_;
};

struct CycleEvidence {
  CycleEvidence() : graph(registry) {}
  CycleEvidence(const CycleEvidence&) = delete;
  CycleEvidence& operator=(const CycleEvidence&) = delete;

  Registry registry;
  DependencyGraph graph;
  std::vector<std::vector<NodeId>> components;
  EpisodeEvidence episodes;
};

// Fills `part` but for its episodes.
void CopyComponents(const DependencyGraph& graph, const std::vector<std::vector<NodeId>>& components,
                    RegistryPart& names, CycleEvidence& part);

}  // namespace lockdep

#endif  // LOCKDEP_CYCLE_EVIDENCE_H_
