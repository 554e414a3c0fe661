// Turns what the graph knows by number into findings that name it.
//
// Thread-compatible: reads graph and registry, guard with the graph mutex.  Symbolizes nothing.
#ifndef LOCKDEP_FINDING_BUILDER_H_
#define LOCKDEP_FINDING_BUILDER_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/cycle_search.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/episode_search.h"
#include "lockdep/finding.h"
#include "lockdep/refutation.h"
#include "lockdep/registry.h"
#include "lockdep/usage.h"

namespace lockdep {

struct BuilderOptions {
  std::string source;
  bool closed_world = false;
  bool sites_are_code = true;
  std::string signal_handler;
  std::uint64_t lost_events = 0;
};

class FindingBuilder {
 public:
  FindingBuilder(const DependencyGraph& graph, const Registry& registry, BuilderOptions options)
      : graph_(graph), registry_(registry), options_(std::move(options)) {}

  // A cycle of nodes, with its verdict from `found`; where that does not refute it, from the search of
  // episodes, if there was one.
  Finding Circular(const NodeCycle& nodes, const Instantiation& found, const EpisodeVerdict* episodes = nullptr) const;
  // Makes a `false` finding `unknown`: a search that could have found more gave up.
  static void Reopen(Finding& finding);
  // A verdict that rests on a lock's being one all the time, where that is only assumed, becomes `unknown`.
  static void CapByDoubt(Finding& finding);
  // Same-class nesting, or a second read of the same instance, in `context` under `held`.
  // `unknown`: some nesting of the node joins two instances, or a writer of the instance exists.
  Finding Recursive(ContextId context, std::size_t held) const;
  Finding SelfDeadlock(ContextId context, std::size_t held) const;
  Finding Usage(const UsageConflict& conflict) const;

  // A misuse of one lock by a thread that holds `held`.
  struct Misuse {
    FindingKind kind = FindingKind::kUnbalancedUnlock;
    LockId lock = 0;
    NodeId node = 0;
    How how;
    NameId thread = 0;
    RoleId role = 0;
    Context context = Context::kTask;
    std::string action;
    std::string detail;
    Site site = 0;
    StackId stack = 0;
    LockId other = 0;  // a second lock the misuse is about: the nest lock, the spinning lock
    std::vector<HeldRef> held;
  };
  Finding OfMisuse(const Misuse& misuse) const;

  // "a", or "C/1" with the subclass.
  std::string NodeName(NodeId node) const;

 private:
  // The locks of a finding under construction; numbers them as they are mentioned.
  struct LockTable {
    std::vector<FindingLock> locks;
    absl::flat_hash_map<std::uint64_t, int> index;  // by node and instance
  };
  int AddLock(LockTable& table, NodeId node, LockId instance, bool name_instance) const;
  FindingLock Describe(NodeId node, LockId instance, bool name_instance) const;
  FindingEdge Edge(LockTable& table, const LinkView& link, int held, int wanted) const;
  std::vector<AlsoHeld> HeldList(LockTable& table, std::span<const HeldRef> held, int without) const;
  Participant ParticipantOf(LockTable& table, const UsagePoint& point, int lock, std::string action) const;
  Wording Named(NodeId node) const;
  Place PlaceAt(Site site, StackId stack) const;
  Place PlaceOf(const HeldRef& held) const;
  NodeId TakenByJoined(const NodeCycle& nodes) const;
  void Judge(Finding& finding, LockTable& table, const NodeCycle& nodes, const Instantiation& found,
             const EpisodeVerdict* episodes) const;
  void JudgeFalse(Finding& finding, LockTable& table, const NodeCycle& nodes, const Instantiation& found) const;
  void JudgeUnknown(Finding& finding, const NodeCycle& nodes, const Instantiation& found,
                    const EpisodeVerdict* episodes) const;
  void JudgePredicted(Finding& finding, LockTable& table, const EpisodeVerdict& episodes) const;
  void JudgeFalse(Finding& finding, LockTable& table, const EpisodeVerdict& episodes) const;
  int AddLockAnywhere(LockTable& table, LockId lock) const;
  static void SortReasons(Finding& finding, const LockTable& table);
  Wording Evidence(const Refutation& refutation) const;
  std::map<LockId, NodeId> LocksOf(std::span<const Refutation> refutations) const;
  std::string RoleName(RoleId role) const { return registry_.role(role).name; }
  std::string Where(Site site, StackId stack) const;

  const DependencyGraph& graph_;
  const Registry& registry_;
  const BuilderOptions options_;
};

}  // namespace lockdep

#endif  // LOCKDEP_FINDING_BUILDER_H_
