// Stage 3 of a verdict: can the recorded episodes of some threads hang in a given cycle?
//
// For each instance cycle that projects on the cycle of nodes, and each choice of one recorded episode for
// each link, all schedules of these episodes are searched (episode_program.h).  What was waited for, and
// why a try failed, is not in an episode: both may go either way.
//
//   * `predicted`: a choice hangs, by locks alone; its episodes were seen by threads that no start, join,
//     wait or look at shared data puts one after the other; or two threads of a role are needed, which
//     the role may have.
//   * `false`: no choice hangs, and the choices are all there are: every context of the links lies in a
//     complete episode, no thread of their roles is in the middle of one, no limit was reached.
//   * else `unknown`.
//
// Readers that wait for each other need a recorded writer as a further thread.  In an open world any other
// writer may come, so such a cycle is `false` only if even a thread that does nothing but write changes
// nothing.
//
// Thread-compatible; reads graph and registry.  Not under the graph mutex, except where these are copies.
// Cost: a search for each choice, of at most EpisodeEvidence::states_max states for one verdict together.
#ifndef LOCKDEP_EPISODE_SEARCH_H_
#define LOCKDEP_EPISODE_SEARCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/cycle_reach.h"
#include "lockdep/cycle_search.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/episode_index.h"
#include "lockdep/episode_program.h"
#include "lockdep/finding.h"
#include "lockdep/refutation.h"
#include "lockdep/registry.h"

namespace lockdep {

struct EpisodeEvidence {
  std::vector<RecordedEpisode> episodes;  // sorted by role and operations
  std::vector<RoleThreads> roles;         // by RoleId
  bool closed_world = false;
  bool lost_events = false;
  std::uint64_t states_max = 0;

  // A thread of the role is in the middle of an episode.
  void NoteUnfinished(RoleId role) {
    if (role >= roles.size()) roles.resize(role + 1);
    roles[role].unfinished = true;
  }
};

struct EpisodeReason {
  ReasonKind kind = ReasonKind::kCannotRunConcurrently;
  std::vector<LockId> locks;
  Wording evidence;
};

struct EpisodeVerdict {
  Verdict verdict = Verdict::kUnknown;
  bool declared = false;               // of kFalse: rests on a declaration
  std::vector<LinkView> links;         // of kPredicted: how it hangs
  std::vector<ContextId> writers;      // of kPredicted: who wait between the readers
  std::vector<RoleId> doubled;         // of kPredicted: two threads are needed of these
  std::vector<Wording> witness;        // of kPredicted
  std::vector<EpisodeReason> reasons;  // of kFalse
  std::vector<Wording> missing;        // of kUnknown; none: nothing was searched
  std::string scope;                   // what was searched, as a phrase
};

class EpisodeSearch {
 public:
  EpisodeSearch(const DependencyGraph& graph, const Registry& registry, const EpisodeEvidence& evidence);

  EpisodeVerdict Judge(const NodeCycle& nodes) const;

 private:
  const DependencyGraph& graph_;
  const Registry& registry_;
  const EpisodeEvidence& evidence_;
  const EpisodeIndex index_;
};

}  // namespace lockdep

#endif  // LOCKDEP_EPISODE_SEARCH_H_
