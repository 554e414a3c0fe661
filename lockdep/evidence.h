// What the events taught: the registry, the dependency graph, context usage, nestings and misuse;
// and the findings that follow from it.
//
// Evidence knows no threads beside the one that reports to it, takes no lock and calls no user
// code; the Validator adds the mutex, the fast path and the callbacks.
//
// Thread-compatible: guard with the graph mutex.
// Cost: Record O(held locks) insertions into the graph; Findings() is proportional to the graph plus
// a search in each cyclic component.
#ifndef LOCKDEP_EVIDENCE_H_
#define LOCKDEP_EVIDENCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/circular_findings.h"
#include "lockdep/cycle_evidence.h"
#include "lockdep/cycle_search.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/episode_search.h"
#include "lockdep/finding_builder.h"
#include "lockdep/registry.h"
#include "lockdep/usage.h"
#include "lockdep/validator.h"

namespace lockdep {

class Evidence {
 public:
  explicit Evidence(const ValidatorOptions& options);

  Registry& registry() { return registry_; }
  const Registry& registry() const { return registry_; }
  const DependencyGraph& graph() const { return graph_; }
  std::uint64_t search_steps() const { return search_steps_; }
  std::uint64_t lost_events() const { return lost_events_; }
  const std::vector<std::string>& notes() const { return notes_; }

  // --- Recording.  Findings that are new and not `false` are appended to `preview`. ------------

  // The held locks of the wanted lock's class, for a class with a compare function.
  struct SameClass {
    std::function<int(std::uint64_t, std::uint64_t)> compare;  // empty: nothing to compare
    std::uint64_t wanted = 0;
    std::vector<std::pair<std::size_t, std::uint64_t>> held;  // index in the held set, order
  };
  SameClass HeldOfSameClass(const ThreadState& thread, LockId wanted) const;

  // Whether the lock is held once the request is granted; a sync only waits.
  enum class Outcome { kHeld, kOnlyWaited };

  // A request that was not recorded before.  `ordered`: which held locks the class's compare
  // function orders, by index in the held set; may be empty.
  void Record(const ThreadState& thread, const Request& request, StackId stack, const std::vector<bool>& ordered,
              Outcome outcome, std::vector<Finding>& preview);
  // Threads of the role are joined under locks: what they ask for while they hold nothing is evidence from now on.
  void ExpectJoin(RoleId role);
  bool ExpectsJoin(RoleId role) const { return thread_ends_.contains(role); }
  void RecordJoin(const ThreadState& thread, RoleId joined, Site site, std::vector<Finding>& preview);
  // Fills in thread, role, context and held locks of the misuse, and its node.
  void RecordMisuse(FindingBuilder::Misuse misuse, unsigned subclass, const ThreadState& thread,
                    std::vector<Finding>& preview);
  // Interrupts can come from now on, with these locks held.
  void RecordEnabled(const ThreadState& thread, Site site);
  // The episode that the thread has just ended.
  void RecordEpisode(const ThreadState& thread);
  void StartRun() { ++run_; }
  void RecordStart(const ThreadState& thread);
  // The thread does nothing more.
  void RecordEnd(const ThreadState& thread);
  // The first interrupt.  Cost: once, that of all contexts so far.
  void RecordUsageFromNowOn();
  void NoteLostEvents(std::uint64_t count) { lost_events_ += count; }

  // --- Results ----------------------------------------------------------------------------------

  // What the circular findings rest on, to be searched without the graph mutex; null: there are none.
  std::unique_ptr<CycleEvidence> CopyCycles() const;
  // Of a copy.  Touches only the copy and the options.
  struct Circular {
    std::vector<Finding> findings;
    std::uint64_t search_steps = 0;
    std::vector<std::string> notes;
  };
  static Circular JudgeCycles(const CycleEvidence& copy, const BuilderOptions& builder, std::uint64_t steps_max);
  BuilderOptions builder_options() const {
    return {options_.source, options_.closed_world, options_.sites_are_code, options_.signal_handler, lost_events_};
  }
  // All others.
  std::vector<Finding> OtherFindings() const;
  // What the search for circular findings noted, in place of what was noted before.
  void TakeNotes(Circular circular);
  // By kind and names.
  static void Sort(std::vector<Finding>& findings);
  std::vector<std::pair<std::string, std::string>> Dependencies() const;
  std::vector<Validator::Episode> Episodes() const;
  std::size_t episode_count() const { return episodes_.size(); }
  std::size_t memory_bytes() const;

 private:
  struct StoredEpisode {
    RoleId role = 0;
    bool complete = true;
    std::uint8_t length = 0;
    std::uint64_t begin = 0;  // in episode_ops_
    std::vector<EpisodeSighting> seen;
  };
  static_assert(HeldLocks::kEpisodeOpsMax <= 255);

  // The first nesting of its kind.
  struct Nesting {
    ContextId context = 0;
    std::size_t held = 0;
  };
  // By what decides the verdict: the instance, if it is one, and whether the wait is timed.
  struct NestingKey {
    FindingKind kind;
    NodeId node;
    LockId lock;  // wanted and held; 0: two instances
    bool timed;
    friend auto operator<=>(const NestingKey&, const NestingKey&) = default;
  };

  RoleThreads& RolesOf(RoleId role);
  void AddSighting(const ThreadState& thread, StoredEpisode& stored) const;
  // Those that ask for one of the locks, by role and operations; null: all.
  std::vector<const StoredEpisode*> SortedEpisodes(const absl::flat_hash_set<LockId>* of_locks) const;
  void CopyEpisodes(const std::vector<std::vector<NodeId>>& components, RegistryPart& names, CycleEvidence& part) const;
  FindingBuilder Builder() const { return {graph_, registry_, builder_options()}; }
  std::vector<HeldRef> HeldRefs(const ThreadState& thread, bool all_contexts);
  void RecordUsage(const ThreadState& thread, const Request& request, NodeId wanted, StackId stack, Outcome outcome);
  void CheckWaitContext(const ThreadState& thread, const Request& request, const std::vector<HeldRef>& held,
                        StackId stack, std::vector<Finding>& preview);
  void CheckNest(const ThreadState& thread, const Request& request, StackId stack, std::vector<Finding>& preview);
  void NoteNesting(const Request& request, ContextId id, std::size_t held, bool ordered, std::vector<Finding>& preview);
  bool OverInstanceCap(const Request& request, NodeId wanted, const std::vector<HeldRef>& held, RoleId role);
  LockId ThreadEnd(RoleId role);
  void HoldThreadEnd(RoleId role, std::vector<HeldRef>& held);

  void PreviewCycles(NodeId node, std::vector<Finding>& preview);
  Finding NestingFinding(const NestingKey& key, const Nesting& nesting) const;
  std::vector<Finding> NestingFindings() const;

  const ValidatorOptions& options_;
  Registry registry_;
  DependencyGraph graph_;
  UsageTable usage_;
  bool usage_on_;
  absl::flat_hash_map<std::uint64_t, std::uint32_t> instances_per_chain_;
  absl::flat_hash_map<std::uint64_t, StoredEpisode> episodes_;
  std::vector<EpisodeOp> episode_ops_;
  std::vector<RoleThreads> role_threads_;  // by RoleId
  std::uint32_t run_ = 0;
  std::uint64_t lost_events_ = 0;

  std::map<NestingKey, Nesting> nestings_;
  std::map<std::pair<FindingKind, NodeId>, FindingBuilder::Misuse> misuses_;
  // Joins made while holding locks: the lock that stands for the end of a thread of that role.
  absl::flat_hash_map<RoleId, LockId> thread_ends_;

  // Preview: what was shown, and how large the graph was when a component was last searched.
  std::set<std::pair<FindingKind, NodeCycle>> shown_;
  absl::flat_hash_map<NodeId, std::size_t> searched_at_;

  std::vector<std::string> notes_;
  std::uint64_t search_steps_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_EVIDENCE_H_
