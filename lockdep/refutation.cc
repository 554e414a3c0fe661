#include "lockdep/refutation.h"

#include <algorithm>

#include "lockdep/blocking_rules.h"

namespace lockdep {

LinkView Refuter::View(Link link) const {
  const ContextRecord& context = graph_.context(link.context);
  const HeldRef& held = graph_.held(context)[link.held];
  LinkView view;
  view.link = link;
  view.held = held.lock;
  view.wanted = context.wanted;
  view.held_node = held.node;
  view.wanted_node = context.node;
  view.held_mode = held.how.mode();
  view.wanted_mode = context.how.mode();
  return view;
}

// One side waits for the end of the other's thread.  What it holds meanwhile is no gate: the other one never gets past
// it, and so never ends.
bool Refuter::EndsWhatTheOtherWaitsFor(const ContextRecord& first, const ContextRecord& second) const {
  const auto waits_for_end = [&](const ContextRecord& waiter, const ContextRecord& other) {
    if (registry_.lock(waiter.wanted).type != LockType::kThreadEnd) return false;
    const std::span<const HeldRef> held = graph_.held(other);
    return std::any_of(held.begin(), held.end(), [&](const HeldRef& each) { return each.lock == waiter.wanted; });
  };
  return waits_for_end(first, second) || waits_for_end(second, first);
}

// A lock that was got by a try, or a wait for a time, might not have been got, and who goes on all the same is not kept
// out.  Where that was seen, too, it is a context of its own.
bool Refuter::IsCertain(const HeldRef& held) const { return closed_world_ || held.how.kind() == Kind::kBlocking; }

bool Refuter::Pair(ContextId a, ContextId b, std::vector<Refutation>* reasons) const {
  const ContextRecord& first = graph_.context(a);
  const ContextRecord& second = graph_.context(b);
  bool refuted = false;
  const auto refute = [&](ReasonKind kind, LockId lock, bool declared) {
    refuted = true;
    if (reasons != nullptr) reasons->push_back({kind, lock, a, b, declared});
  };
  if (first.role == second.role && first.context == Context::kTask && second.context == Context::kTask) {
    const RoleInfo& role = registry_.role(first.role);
    if (role.single) refute(ReasonKind::kSameThread, 0, role.declared_single);
    if (refuted && reasons == nullptr) return true;
  }
  if (registry_.role(first.role).several_stacks || registry_.role(second.role).several_stacks) return refuted;
  if (EndsWhatTheOtherWaitsFor(first, second)) return refuted;
  for (const HeldRef& x : graph_.held(first)) {
    for (const HeldRef& y : graph_.held(second)) {
      if (x.lock != y.lock || x.how.unchecked()) continue;
      if (RulesOf(registry_.lock(x.lock).type).own_copy) continue;  // each has another one
      if (IsShared(x.how.mode()) && IsShared(y.how.mode())) continue;
      if (!IsCertain(x) || !IsCertain(y)) continue;
      refute(ReasonKind::kExclusiveGate, x.lock, registry_.lock(x.lock).declared);
      if (reasons == nullptr) return true;
    }
  }
  return refuted;
}

bool Refuter::Timed(ContextId a, std::vector<Refutation>* reasons) const {
  const ContextRecord& context = graph_.context(a);
  // Who asks again and again stands still all the same.
  if (context.how.kind() != Kind::kTimed || !closed_world_) return false;
  if (reasons != nullptr) reasons->push_back({ReasonKind::kTimed, context.wanted, a, a, false});
  return true;
}

std::optional<ContextId> Refuter::QueuedWriter(std::span<const LinkView> cycle, LockId lock) const {
  for (const ContextId writer : graph_.Writers(lock)) {
    bool excluded = false;
    for (const LinkView& link : cycle) excluded = excluded || Pair(writer, link.link.context, nullptr);
    if (!excluded) return writer;
  }
  return std::nullopt;
}

// A gate that one side only tries while it holds the link's lock, and that another side holds when
// it wants that lock: by a blocking call it would close a cycle of its own.
void Refuter::Backoffs(std::span<const LinkView> cycle, std::vector<Refutation>& reasons) const {
  std::vector<LockId> gates;
  for (const Refutation& reason : reasons) {
    if (reason.kind == ReasonKind::kExclusiveGate) gates.push_back(reason.lock);
  }
  for (const LinkView& link : cycle) {
    const std::span<const HeldRef> held = graph_.held(link.link.context);
    for (const HeldRef& gate : held.subspan(link.link.held + std::size_t{1})) {
      const bool only_tried = gate.how.kind() == Kind::kTrylock && gate.lock != link.held;
      if (!only_tried || std::find(gates.begin(), gates.end(), gate.lock) == gates.end()) continue;
      for (const LinkView& other : cycle) {
        const std::span<const HeldRef> others = graph_.held(other.link.context);
        const bool holds_gate =
            std::any_of(others.begin(), others.end(), [&](const HeldRef& ref) { return ref.lock == gate.lock; });
        if (other.wanted != link.held || !holds_gate) continue;
        reasons.push_back({ReasonKind::kTrylockBackoff, gate.lock, link.link.context, other.link.context, false});
      }
    }
  }
}

void Refuter::Readers(std::span<const LinkView> cycle, std::vector<Refutation>& reasons) const {
  if (!closed_world_) return;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const LinkView& in = cycle[i];
    const LinkView& out = cycle[(i + 1) % cycle.size()];
    if (!NeedsWriter(in, out) || !graph_.WritersComplete(in.wanted)) continue;
    if (QueuedWriter(cycle, in.wanted).has_value()) continue;
    const std::span<const ContextId> writers = graph_.Writers(in.wanted);
    const ReasonKind kind = writers.empty() ? ReasonKind::kNoWriter : ReasonKind::kReadRead;
    // Declared if nothing else keeps some writer out.
    const bool declared = std::any_of(writers.begin(), writers.end(), [&](ContextId writer) {
      std::vector<Refutation> exclusions;
      for (const LinkView& link : cycle) Pair(writer, link.link.context, &exclusions);
      return std::all_of(exclusions.begin(), exclusions.end(), [](const Refutation& each) { return each.declared; });
    });
    reasons.push_back({kind, in.wanted, in.link.context, out.link.context, declared});
  }
}

// Whether all links were seen in the same processes.
bool Refuter::IsElsewhere(std::span<const LinkView> cycle) const {
  if (origins_ == nullptr) return false;
  const auto origin = [&](const LinkView& link) { return (*origins_)[graph_.context(link.link.context).role]; };
  return std::all_of(cycle.begin(), cycle.end(),
                     [&](const LinkView& link) { return origin(link) == origin(cycle[0]); });
}

std::vector<Refutation> Refuter::Cycle(std::span<const LinkView> cycle) const {
  std::vector<Refutation> reasons;
  if (IsElsewhere(cycle)) {
    Refutation refutation;
    refutation.first = refutation.second = cycle[0].link.context;
    refutation.elsewhere = true;
    return {refutation};
  }
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    for (std::size_t j = i + 1; j < cycle.size(); ++j) {
      Pair(cycle[i].link.context, cycle[j].link.context, &reasons);
    }
    Timed(cycle[i].link.context, &reasons);
  }
  Backoffs(cycle, reasons);
  Readers(cycle, reasons);
  return reasons;
}

}  // namespace lockdep
