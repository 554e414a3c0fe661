#include "lockdep/usage.h"

#include <algorithm>
#include <deque>
#include <set>

namespace lockdep {
namespace {

std::optional<Interrupt> InterruptOf(Context context) {
  switch (context) {
    case Context::kTask: return std::nullopt;
    case Context::kSoftirq: return Interrupt::kSoftirq;
    case Context::kHardirq:
    case Context::kHardirqThreaded: return Interrupt::kHardirq;
    case Context::kSignal: return Interrupt::kSignal;
  }
  return std::nullopt;
}

void Note(std::array<std::array<UsagePoint, 3>, 3>& table, Interrupt interrupt, const UsagePoint& point) {
  UsagePoint& slot = table[static_cast<std::size_t>(interrupt)][static_cast<std::size_t>(point.mode)];
  if (slot.seen) return;
  slot = point;
  slot.seen = true;
}

std::uint16_t BitOf(Interrupt interrupt, Mode mode) {
  return static_cast<std::uint16_t>(1U << (static_cast<unsigned>(interrupt) * 3 + static_cast<unsigned>(mode)));
}

// The first point of `points` that is there, preferring exclusive ones; `exclusive_only` as named.
const UsagePoint* FirstSeen(const std::array<UsagePoint, 3>& points, bool exclusive_only) {
  for (const UsagePoint& point : points) {
    if (point.seen && !(exclusive_only && IsShared(point.mode))) return &point;
  }
  return nullptr;
}

// Whether a strong path that comes to the held lock by `from_r` may go on to the wanted one by `by_r`.
bool LeadsOn(const DependencyGraph& graph, const Dependency& dependency, bool from_r, bool by_r) {
  if (!dependency.kinds.Has(true, by_r) && (from_r || !dependency.kinds.Has(false, by_r))) return false;
  return std::any_of(dependency.links.begin(), dependency.links.end(), [&](Link link) {
    const ContextRecord& context = graph.context(link.context);
    const bool fits = (context.how.mode() == Mode::kRecursiveShared) == by_r &&
                      (!from_r || graph.held(context)[link.held].how.mode() == Mode::kExclusive);
    return fits && graph.IsWithoutLocal(link);
  });
}

}  // namespace

void UsageTable::NoteAcquire(NodeId node, const UsagePoint& point, const Open& open) {
  // A trylock cannot spin in the handler; what it got can be interrupted all the same.
  const std::optional<Interrupt> in = InterruptOf(point.context);
  if (in.has_value() && point.kind != Kind::kTrylock) NoteUsed(node, *in, point);
  NoteEnabled(node, point, open);
}

void UsageTable::NoteUsed(NodeId node, Interrupt interrupt, const UsagePoint& point) {
  Note(usage_[node].used_in, interrupt, point);
  std::vector<UsedAs>& used = used_[point.lock];
  const bool known = std::any_of(used.begin(), used.end(), [&](const UsedAs& each) {
    return each.node == node && each.interrupt == interrupt && each.point.mode == point.mode;
  });
  if (!known) used.push_back({node, interrupt, point});
}

void UsageTable::NoteEnabled(NodeId node, const UsagePoint& point, const Open& open) {
  NodeUsage& usage = usage_[node];
  std::uint16_t enabled = 0;
  const auto note = [&](Interrupt interrupt) {
    Note(usage.enabled, interrupt, point);
    enabled |= BitOf(interrupt, point.mode);
  };
  if (open.softirq) note(Interrupt::kSoftirq);
  if (open.hardirq) note(Interrupt::kHardirq);
  if (open.signal) note(Interrupt::kSignal);
  if (enabled == 0) return;
  auto& held = held_[point.lock];
  const auto known = std::find_if(held.begin(), held.end(), [&](const HeldAs& each) { return each.node == node; });
  if (known == held.end()) {
    held.push_back({node, enabled});
  } else {
    known->enabled |= enabled;
  }
}

// How `held` is held such that who uses the lock in the interrupt waits for the thread below it; null: not so.
const UsagePoint* UsageTable::HeldOpen(const DependencyGraph& graph, const UsagePoint& used, const NodeUsage& held,
                                       Interrupt interrupt) const {
  const auto& points = held.enabled[static_cast<std::size_t>(interrupt)];
  if (!IsShared(used.mode)) return FirstSeen(points, false);
  if (const UsagePoint* exclusively = FirstSeen(points, true)) return exclusively;
  // A reader waits for a reader only behind a writer between them.
  const bool queues = used.mode == Mode::kShared && !graph.Writers(used.lock).empty();
  return queues ? FirstSeen(points, false) : nullptr;
}

void UsageTable::ConflictAsOther(const DependencyGraph& graph, std::vector<UsageConflict>& result) const {
  std::vector<LockId> locks;
  for (const auto& [lock, used] : used_) locks.push_back(lock);
  std::sort(locks.begin(), locks.end());
  for (const LockId lock : locks) {
    const auto held = held_.find(lock);
    if (held == held_.end()) continue;
    for (const UsedAs& used : used_.at(lock)) {
      const bool told = std::any_of(result.begin(), result.end(), [&](const UsageConflict& each) {
        return each.interrupt == used.interrupt && each.path == std::vector<NodeId>{used.node};
      });
      if (told) continue;
      for (const HeldAs& as : held->second) {
        NodeUsage own;  // of this instance alone
        for (std::size_t mode = 0; mode < 3; ++mode) {
          if ((as.enabled & BitOf(used.interrupt, static_cast<Mode>(mode))) == 0) continue;
          const auto which = static_cast<std::size_t>(used.interrupt);
          own.enabled[which][mode] = usage_.at(as.node).enabled[which][mode];
        }
        const UsagePoint* const open = HeldOpen(graph, used.point, own, used.interrupt);
        if (open == nullptr) continue;
        result.push_back({used.interrupt, {used.node}, used.point, *open});
        break;
      }
    }
  }
}

void UsageTable::Conflict(const DependencyGraph& graph, NodeId safe, Interrupt interrupt,
                          std::vector<UsageConflict>& result) const {
  const auto which = static_cast<std::size_t>(interrupt);
  const NodeUsage& own = usage_.at(safe);
  const UsagePoint* used = FirstSeen(own.used_in[which], false);
  if (used == nullptr) return;
  for (const UsagePoint& point : own.used_in[which]) {
    const UsagePoint* const held = point.seen ? HeldOpen(graph, point, own, interrupt) : nullptr;
    if (held == nullptr) continue;
    result.push_back({interrupt, {safe}, point, *held});
    break;
  }

  // Breadth first over ports; a path ends at the first unsafe node that keeps it strong.
  const bool wanted_n = own.used_in[which][0].seen || own.used_in[which][1].seen;
  struct State {
    NodeId node;
    bool by_r;
    int from;  // index of the state before, -1: none
  };
  std::vector<State> states{{safe, !wanted_n, -1}};
  std::set<std::pair<NodeId, bool>> visited{{safe, false}, {safe, true}};
  std::set<NodeId> reported;
  for (std::size_t at = 0; at < states.size(); ++at) {
    const State state = states[at];
    std::vector<NodeId> targets = graph.Successors(state.node);
    std::sort(targets.begin(), targets.end());
    for (const NodeId to : targets) {
      const Dependency& dependency = *graph.Find(state.node, to);
      for (const bool by_r : {false, true}) {
        if (!LeadsOn(graph, dependency, state.by_r, by_r)) continue;
        if (!visited.insert({to, by_r}).second) continue;
        const auto it = usage_.find(to);
        if (it != usage_.end()) {
          const UsagePoint* unsafe = FirstSeen(it->second.enabled[which], by_r);
          if (unsafe != nullptr && reported.insert(to).second) {
            UsageConflict conflict{interrupt, {to}, *used, *unsafe};
            for (int i = static_cast<int>(at); i >= 0; i = states[i].from) conflict.path.push_back(states[i].node);
            std::reverse(conflict.path.begin(), conflict.path.end());
            result.push_back(std::move(conflict));
          }
          if (unsafe != nullptr) continue;
        }
        states.push_back({to, by_r, static_cast<int>(at)});
      }
    }
  }
}

std::vector<UsageConflict> UsageTable::Conflicts(const DependencyGraph& graph) const {
  std::vector<NodeId> nodes;
  for (const auto& [node, usage] : usage_) nodes.push_back(node);
  std::sort(nodes.begin(), nodes.end());
  std::vector<UsageConflict> result;
  for (const Interrupt interrupt : kInterrupts) {
    for (const NodeId node : nodes) Conflict(graph, node, interrupt, result);
  }
  ConflictAsOther(graph, result);
  return result;
}

}  // namespace lockdep
