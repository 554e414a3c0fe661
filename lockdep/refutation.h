// Why the links of one instance cycle cannot all wait at the same time.
//
// The definitions are in lockdep/README.md, "What is a circular finding"; the reasons are those of
// lock-set reasoning: iGoodLock (Joshi, Park, Sen, Naik, PLDI 2009) for distinct threads and
// disjoint lock sets, the blocking matrix of Linux Documentation/locking/lockdep-design.rst for
// readers.
//
// Thread-compatible: reads the graph, guard with the graph mutex.
// Cost: O(product of the held counts) for a pair.
#ifndef LOCKDEP_REFUTATION_H_
#define LOCKDEP_REFUTATION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lockdep/dependency_graph.h"

namespace lockdep {

struct Refutation {
  ReasonKind kind = ReasonKind::kExclusiveGate;
  LockId lock = 0;      // the gate, or the lock that readers share, or the timed one
  ContextId first = 0;  // the contexts that it is about
  ContextId second = 0;
  bool declared = false;   // rests on a declaration
  bool elsewhere = false;  // no reason: where one of the links was seen all were, and there it is judged
};

// A link with what a search needs of it at hand.
struct LinkView {
  Link link;
  LockId held = 0;
  LockId wanted = 0;
  NodeId held_node = 0;
  NodeId wanted_node = 0;
  Mode held_mode = Mode::kExclusive;
  Mode wanted_mode = Mode::kExclusive;
};

// In which processes threads of a role were seen, as numbers of sets of processes, by RoleId: for links out of several
// processes.
using RoleOrigins = std::vector<std::uint32_t>;

class Refuter {
 public:
  // In a closed world each request that may fail was seen to.  `origins` may be null: all is of one process.
  Refuter(const DependencyGraph& graph, const Registry& registry, bool closed_world,
          const RoleOrigins* origins = nullptr)
      : graph_(graph), registry_(registry), closed_world_(closed_world), origins_(origins) {}

  LinkView View(Link link) const;

  // Whether entering a lock by `in` and leaving it by `out` keeps a path strong.
  static bool StrongJoint(const LinkView& in, const LinkView& out) {
    return in.wanted_mode != Mode::kRecursiveShared || out.held_mode == Mode::kExclusive;
  }
  // Whether the joint blocks only behind a queued writer.
  static bool NeedsWriter(const LinkView& in, const LinkView& out) {
    return in.wanted_mode == Mode::kShared && out.held_mode != Mode::kExclusive;
  }

  // Whether both contexts cannot wait at the same time.  Appends each reason to `reasons`, if given.
  bool Pair(ContextId a, ContextId b, std::vector<Refutation>* reasons) const;
  // Whether the wait of the context ends by itself, and what is done then was seen, too.
  bool Timed(ContextId a, std::vector<Refutation>* reasons) const;
  // All reasons against an instance cycle; none: it is not refuted.  A gate that is only tried comes
  // with a kTrylockBackoff beside its kExclusiveGate.
  std::vector<Refutation> Cycle(std::span<const LinkView> cycle) const;
  // A recorded writer that can queue for `lock` beside `cycle`.
  std::optional<ContextId> QueuedWriter(std::span<const LinkView> cycle, LockId lock) const;

 private:
  bool IsCertain(const HeldRef& held) const;
  bool EndsWhatTheOtherWaitsFor(const ContextRecord& first, const ContextRecord& second) const;
  bool IsElsewhere(std::span<const LinkView> cycle) const;
  void Backoffs(std::span<const LinkView> cycle, std::vector<Refutation>& reasons) const;
  void Readers(std::span<const LinkView> cycle, std::vector<Refutation>& reasons) const;

  const DependencyGraph& graph_;
  const Registry& registry_;
  const bool closed_world_;
  const RoleOrigins* const origins_;
};

}  // namespace lockdep

#endif  // LOCKDEP_REFUTATION_H_
