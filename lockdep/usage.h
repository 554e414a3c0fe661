// In which contexts each node was taken, and with which contexts able to interrupt it.
//
// A lock *used in* an interrupt may never be held where that interrupt can come: the handler would
// wait for the thread it interrupted.  The same through dependencies: if a safe lock (used in the
// interrupt) leads to an unsafe one (held with the interrupt enabled), a second cpu closes the
// cycle.  With the virtual step "unsafe -> safe, taken by the handler", these are closed strong
// paths like all others.
// Source: Linux kernel/locking/lockdep.c, mark_usage, check_irq_usage; the kernel tells order and
// inversion apart by what happened last, which would make the finding depend on the order of events;
// here a direct dependency is an unsafe order, a longer path an inversion.
//
// Thread-compatible: guard with the graph mutex.
#ifndef LOCKDEP_USAGE_H_
#define LOCKDEP_USAGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "lockdep/dependency_graph.h"

namespace lockdep {

enum class Interrupt : std::uint8_t { kSoftirq = 0, kHardirq = 1, kSignal = 2 };
inline constexpr std::array<Interrupt, 3> kInterrupts = {Interrupt::kSoftirq, Interrupt::kHardirq, Interrupt::kSignal};

// One acquisition that made a usage, the first of its kind.
struct UsagePoint {
  bool seen = false;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  LockId lock = 0;
  Site site = 0;
  StackId stack = 0;
  NameId thread = 0;
  RoleId role = 0;
  Context context = Context::kTask;
};

struct NodeUsage {
  // By interrupt, then by mode.
  std::array<std::array<UsagePoint, 3>, 3> used_in;
  std::array<std::array<UsagePoint, 3>, 3> enabled;
};

// A lock used in an interrupt and held with it enabled: itself, or a lock it leads to.
struct UsageConflict {
  Interrupt interrupt = Interrupt::kSoftirq;
  std::vector<NodeId> path;  // from the safe node to the unsafe one; one node: inconsistent state
  UsagePoint used_in;
  UsagePoint enabled;
};

class UsageTable {
 public:
  // What can interrupt a thread now.
  struct Open {
    bool softirq = false;
    bool hardirq = false;
    bool signal = false;
  };

  // Per-cpu locks take no part: they are not told, and no path of a conflict goes through one.
  //
  // The lock is asked for (`point.context` says where), with `open` able to interrupt.
  void NoteAcquire(NodeId node, const UsagePoint& point, const Open& open);
  // A lock held all along: `open` became possible.
  void NoteEnabled(NodeId node, const UsagePoint& point, const Open& open);

  // All conflicts, one per list of nodes.  An instance that was used as one node and held as another conflicts with
  // itself; it is listed as the first.
  std::vector<UsageConflict> Conflicts(const DependencyGraph& graph) const;

 private:
  // How an instance was held as a node: a bit for each interrupt and mode.
  struct HeldAs {
    NodeId node = 0;
    std::uint16_t enabled = 0;
  };
  struct UsedAs {
    NodeId node = 0;
    Interrupt interrupt = Interrupt::kSoftirq;
    UsagePoint point;
  };

  void NoteUsed(NodeId node, Interrupt interrupt, const UsagePoint& point);
  const UsagePoint* HeldOpen(const DependencyGraph& graph, const UsagePoint& used, const NodeUsage& held,
                             Interrupt interrupt) const;
  void ConflictAsOther(const DependencyGraph& graph, std::vector<UsageConflict>& result) const;
  void Conflict(const DependencyGraph& graph, NodeId safe, Interrupt interrupt,
                std::vector<UsageConflict>& result) const;

  absl::flat_hash_map<NodeId, NodeUsage> usage_;
  absl::flat_hash_map<LockId, std::vector<UsedAs>> used_;  // in interrupts
  absl::flat_hash_map<LockId, absl::InlinedVector<HeldAs, 1>> held_;
};

}  // namespace lockdep

#endif  // LOCKDEP_USAGE_H_
