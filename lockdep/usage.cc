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
  NodeUsage& usage = usage_[node];
  // A trylock cannot spin in the handler; what it got can be interrupted all the same.
  const std::optional<Interrupt> in = InterruptOf(point.context);
  if (in.has_value() && point.kind != Kind::kTrylock) Note(usage.used_in, *in, point);
  NoteEnabled(node, point, open);
}

void UsageTable::NoteEnabled(NodeId node, const UsagePoint& point, const Open& open) {
  NodeUsage& usage = usage_[node];
  if (open.softirq) Note(usage.enabled, Interrupt::kSoftirq, point);
  if (open.hardirq) Note(usage.enabled, Interrupt::kHardirq, point);
  if (open.signal) Note(usage.enabled, Interrupt::kSignal, point);
}

void UsageTable::Conflict(const DependencyGraph& graph, NodeId safe, Interrupt interrupt,
                          std::vector<UsageConflict>& result) const {
  const auto which = static_cast<std::size_t>(interrupt);
  const NodeUsage& own = usage_.at(safe);
  const UsagePoint* used = FirstSeen(own.used_in[which], false);
  if (used == nullptr) return;
  // One lock: both shared is no conflict.
  const UsagePoint* used_exclusively = FirstSeen(own.used_in[which], true);
  const UsagePoint* held = FirstSeen(own.enabled[which], used_exclusively == nullptr);
  if (held != nullptr)
    result.push_back({interrupt, {safe}, used_exclusively != nullptr ? *used_exclusively : *used, *held});

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
  return result;
}

}  // namespace lockdep
