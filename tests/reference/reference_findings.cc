#include "tests/reference/reference_findings.h"

#include <algorithm>

namespace lockdep::reference {

std::vector<RequestContext> ContextsOf(const Program& program) {
  std::set<RequestContext> contexts;
  for (const Thread& thread : program.threads) {
    for (const Run& run : RunsOf(thread)) {
      for (const Step& step : run) {
        const bool asks = step.op.op == OpKind::kAcquire && step.op.kind != Kind::kTrylock;
        if (!asks) continue;
        contexts.insert(
            {thread.role, step.op.lock, step.op.subclass, step.op.mode, step.op.kind, step.op.nest, step.held});
      }
    }
  }
  return {contexts.begin(), contexts.end()};
}

std::vector<std::string> LeastRotation(std::vector<std::string> nodes) {
  std::vector<std::string> least = nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
    least = std::min(least, nodes);
  }
  return least;
}

std::string Describe(const Claims& claims) {
  std::string text;
  for (const auto& [key, claim] : claims) {
    text += std::string(ToString(key.first));
    for (const std::string& node : key.second) text += (&node == &key.second.front() ? " " : " -> ") + node;
    text += ": " + std::string(ToString(claim.verdict));
    for (const ReasonKind reason : claim.reasons) text += " " + std::string(ToString(reason));
    text += "\n";
  }
  return text;
}

namespace {

// Step from a held lock to a wanted one: the four kinds of dependency.
struct DependencyType {
  bool held_exclusively = false;    // E, else S
  bool wanted_recursively = false;  // R, else N
  friend auto operator<=>(const DependencyType&, const DependencyType&) = default;
};

// A context and the one of its held locks that the cycle uses.
struct CycleStep {
  const RequestContext* context = nullptr;
  const Hold* chosen = nullptr;
};

class FindingSearch {
 public:
  FindingSearch(const Program& program, World world)
      : program_(program), world_(world), contexts_(ContextsOf(program)) {}

  Claims All() {
    for (const RequestContext& context : contexts_) {
      for (const Hold& hold : context.held) {
        AddSelfDeadlock(context, hold);
        AddRecursive(context, hold);
      }
    }
    FindInstanceCycles();
    FindNodeCycles();
    AddMinimalNodeCycles();
    AddUnrefutedInstanceCycles();
    return claims_;
  }

 private:
  struct Projection {
    bool some_unrefuted = false;
    bool some_follows = false;  // the dependencies between these nodes
    std::set<ReasonKind> reasons;
  };

  std::string Wanted(const RequestContext& context) const { return program_.NodeOf(context.wanted, context.subclass); }
  std::string Node(const Hold& hold) const { return program_.NodeOf(hold.lock, hold.subclass); }

  // --- Recursive and self-deadlock -----------------------------------------------------------------------------

  void Add(FindingKind kind, const std::string& node, const Claim& claim) {
    const auto [entry, is_new] = claims_.insert({{kind, {node}}, claim});
    if (is_new) return;
    if (entry->second.verdict == Verdict::kFalse) {
      if (claim.verdict == Verdict::kFalse) {
        entry->second.reasons.insert(claim.reasons.begin(), claim.reasons.end());
      } else {
        entry->second = claim;
      }
    } else if (claim.verdict == Verdict::kReal) {
      entry->second = claim;
    }
  }

  void AddSelfDeadlock(const RequestContext& context, const Hold& hold) {
    if (hold.lock != context.wanted || !Conflict(hold.mode, context.mode)) return;
    if (context.kind == Kind::kTimed && world_ == World::kOpen) {
      Add(FindingKind::kSelfDeadlock, Wanted(context), {Verdict::kUnknown, {}});  // who may ask again
    } else if (context.kind == Kind::kTimed) {
      Add(FindingKind::kSelfDeadlock, Wanted(context), {Verdict::kFalse, {ReasonKind::kTimed}});
    } else {
      Add(FindingKind::kSelfDeadlock, Wanted(context), {Verdict::kReal, {}});
    }
  }

  void AddRecursive(const RequestContext& context, const Hold& hold) {
    if (hold.lock == context.wanted) {
      if (context.mode != Mode::kShared || !IsShared(hold.mode)) return;
      if (world_ == World::kClosed && !ExclusiveRequestExists(hold.lock)) {
        Add(FindingKind::kRecursive, Wanted(context), {Verdict::kFalse, {ReasonKind::kNoWriter}});
      } else {
        Add(FindingKind::kRecursive, Wanted(context), {Verdict::kUnknown, {}});
      }
      return;
    }
    if (Node(hold) != Wanted(context)) return;
    if (context.mode == Mode::kRecursiveShared && IsShared(hold.mode)) return;
    const Lock& held_lock = program_.locks[hold.lock];
    const Lock& wanted_lock = program_.locks[context.wanted];
    if (program_.classes[held_lock.lock_class].ordered && held_lock.index < wanted_lock.index) return;
    if (context.nest >= 0 && Holds(context, context.nest)) return;
    Add(FindingKind::kRecursive, Wanted(context), {Verdict::kUnknown, {}});
  }

  static bool Holds(const RequestContext& context, int lock) { return YoungestHold(context.held, lock) >= 0; }

  bool ExclusiveRequestExists(int lock) const {
    return std::any_of(contexts_.begin(), contexts_.end(), [lock](const RequestContext& context) {
      return context.wanted == lock && context.mode == Mode::kExclusive;
    });
  }

  // --- Cycles of instances -------------------------------------------------------------------------------------

  // `first` wants what `second` holds (the chosen lock), and the joint is strong.
  static bool Joins(const CycleStep& first, const CycleStep& second) {
    if (first.context->wanted != second.chosen->lock) return false;
    return !(first.context->mode == Mode::kRecursiveShared && IsShared(second.chosen->mode));
  }

  // Every instance cycle is found once: from its least context.
  void FindInstanceCycles() {
    for (const RequestContext& first : contexts_) {
      for (const Hold& hold : first.held) {
        std::vector<CycleStep> path = {{&first, &hold}};
        ExtendInstancePath(path);
      }
    }
  }

  void ExtendInstancePath(std::vector<CycleStep>& path) {
    if (path.size() >= 2 && Joins(path.back(), path.front())) Project(path);
    for (const RequestContext& next : contexts_) {
      if (&next <= path.front().context) continue;
      for (const Hold& hold : next.held) {
        const CycleStep step{&next, &hold};
        const bool seen =
            std::any_of(path.begin(), path.end(), [&hold](const CycleStep& s) { return s.chosen->lock == hold.lock; });
        if (seen || !Joins(path.back(), step)) continue;
        path.push_back(step);
        ExtendInstancePath(path);
        path.pop_back();
      }
    }
  }

  void Project(const std::vector<CycleStep>& cycle) {
    std::vector<std::string> nodes;
    for (const CycleStep& step : cycle) nodes.push_back(Node(*step.chosen));
    Projection& projection = projections_[LeastRotation(nodes)];
    const std::set<ReasonKind> reasons = Refutations(cycle);
    if (reasons.empty()) projection.some_unrefuted = true;
    if (!Follows(cycle)) return;
    projection.some_follows = true;
    projection.reasons.insert(reasons.begin(), reasons.end());
  }

  // Whether each instance is wanted and held as the same node.
  bool Follows(const std::vector<CycleStep>& cycle) const {
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      if (Wanted(*cycle[i].context) != Node(*cycle[(i + 1) % cycle.size()].chosen)) return false;
    }
    return true;
  }

  // --- Refutations ---------------------------------------------------------------------------------------------

  bool SameSingleThread(const RequestContext& a, const RequestContext& b) const {
    return a.role == b.role && program_.RoleIsSingle(a.role);
  }

  // In an open world it is not known what follows a try, or a timed wait, that fails: no episodes are looked at here.
  bool KeepsOut(const Hold& x, const Hold& y) const {
    const bool sure = world_ == World::kClosed || (x.kind == Kind::kBlocking && y.kind == Kind::kBlocking);
    return sure && x.lock == y.lock && Conflict(x.mode, y.mode);
  }

  bool GateBetween(const RequestContext& a, const RequestContext& b) const {
    for (const Hold& x : a.held) {
      for (const Hold& y : b.held) {
        if (KeepsOut(x, y)) return true;
      }
    }
    return false;
  }

  std::set<ReasonKind> Refutations(const std::vector<CycleStep>& cycle) const {
    std::set<ReasonKind> reasons;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const RequestContext& context = *cycle[i].context;
      for (std::size_t j = i + 1; j < cycle.size(); ++j) {
        if (SameSingleThread(context, *cycle[j].context)) reasons.insert(ReasonKind::kSameThread);
        if (GateBetween(context, *cycle[j].context)) reasons.insert(ReasonKind::kExclusiveGate);
      }
      if (world_ == World::kClosed && context.kind == Kind::kTimed) reasons.insert(ReasonKind::kTimed);
      const CycleStep& next = cycle[(i + 1) % cycle.size()];
      if (world_ == World::kClosed && context.mode == Mode::kShared && IsShared(next.chosen->mode)) {
        AddMissingWriter(cycle, context.wanted, reasons);
      }
    }
    if (reasons.contains(ReasonKind::kExclusiveGate) && HasBackoff(cycle)) reasons.insert(ReasonKind::kTrylockBackoff);
    return reasons;
  }

  // Whether a gate was got by trylock while the cycle's lock was held, and who wants this lock holds the gate.
  bool HasBackoff(const std::vector<CycleStep>& cycle) const {
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const RequestContext& wants = *cycle[i].context;
      const CycleStep& next = cycle[(i + 1) % cycle.size()];
      const Hold* end = next.context->held.data() + next.context->held.size();
      for (const Hold* gate = next.chosen + 1; gate != end; ++gate) {
        if (gate->kind == Kind::kTrylock && gate->lock != next.chosen->lock && IsGate(cycle, gate->lock) &&
            Holds(wants, gate->lock)) {
          return true;
        }
      }
    }
    return false;
  }

  bool IsGate(const std::vector<CycleStep>& cycle, int lock) const {
    for (const CycleStep& a : cycle) {
      for (const CycleStep& b : cycle) {
        if (a.context == b.context) continue;
        for (const Hold& x : a.context->held) {
          for (const Hold& y : b.context->held) {
            if (x.lock == lock && KeepsOut(x, y)) return true;
          }
        }
      }
    }
    return false;
  }

  // Readers of `lock` wait for each other only behind a writer: is there one that can be there meanwhile?
  void AddMissingWriter(const std::vector<CycleStep>& cycle, int lock, std::set<ReasonKind>& reasons) const {
    bool writer_exists = false;
    for (const RequestContext& writer : contexts_) {
      if (writer.wanted != lock || writer.mode != Mode::kExclusive) continue;
      writer_exists = true;
      const bool excluded = std::any_of(cycle.begin(), cycle.end(), [&](const CycleStep& step) {
        return SameSingleThread(*step.context, writer) || GateBetween(*step.context, writer);
      });
      if (!excluded) return;
    }
    reasons.insert(writer_exists ? ReasonKind::kReadRead : ReasonKind::kNoWriter);
  }

  // --- Cycles of nodes -----------------------------------------------------------------------------------------

  std::set<DependencyType> Dependencies(const std::string& from, const std::string& to) const {
    std::set<DependencyType> types;
    for (const RequestContext& context : contexts_) {
      if (Wanted(context) != to) continue;
      for (const Hold& hold : context.held) {
        if (hold.lock != context.wanted && Node(hold) == from)
          types.insert({!IsShared(hold.mode), context.mode == Mode::kRecursiveShared});
      }
    }
    return types;
  }

  void FindNodeCycles() {
    std::set<std::string> nodes;
    for (const RequestContext& context : contexts_) nodes.insert(Wanted(context));
    for (const std::string& from : nodes) {
      for (const std::string& to : nodes) {
        if (from != to) dependencies_[{from, to}] = Dependencies(from, to);
      }
    }
    for (const std::string& first : nodes) {
      std::vector<std::string> path = {first};
      ExtendNodePath(nodes, path);
    }
  }

  // All lists of distinct nodes that begin with their least one.
  void ExtendNodePath(const std::set<std::string>& nodes, std::vector<std::string>& path) {
    if (path.size() >= 2 && IsStrong(path)) strong_cycles_.insert(path);
    for (const std::string& next : nodes) {
      if (next <= path.front() || std::find(path.begin(), path.end(), next) != path.end()) continue;
      if (dependencies_[{path.back(), next}].empty()) continue;
      path.push_back(next);
      ExtendNodePath(nodes, path);
      path.pop_back();
    }
  }

  // Whether one dependency can be chosen for each step such that no joint is R followed by S.
  bool IsStrong(const std::vector<std::string>& cycle) {
    std::vector<DependencyType> chosen;
    return ChooseDependencies(cycle, chosen);
  }

  bool ChooseDependencies(const std::vector<std::string>& cycle, std::vector<DependencyType>& chosen) {
    const std::size_t i = chosen.size();
    if (i == cycle.size()) {
      for (std::size_t j = 0; j < i; ++j) {
        if (chosen[j].wanted_recursively && !chosen[(j + 1) % i].held_exclusively) return false;
      }
      return true;
    }
    for (const DependencyType& type : dependencies_[{cycle[i], cycle[(i + 1) % cycle.size()]}]) {
      chosen.push_back(type);
      if (ChooseDependencies(cycle, chosen)) return true;
      chosen.pop_back();
    }
    return false;
  }

  static bool IsSubset(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
    return std::all_of(part.begin(), part.end(), [&whole](const std::string& node) {
      return std::find(whole.begin(), whole.end(), node) != whole.end();
    });
  }

  bool IsMinimal(const std::vector<std::string>& cycle) const {
    return std::none_of(strong_cycles_.begin(), strong_cycles_.end(), [&cycle](const std::vector<std::string>& other) {
      return other.size() < cycle.size() && IsSubset(other, cycle);
    });
  }

  // --- Nest annotations ----------------------------------------------------------------------------------------

  // `a` took its wanted lock nested in a lock that both hold, one of them exclusively.
  static bool OrderedByNest(const RequestContext& a, const RequestContext& b) {
    for (const Hold& x : a.held) {
      for (const Hold& y : b.held) {
        if (x.lock == a.nest && y.lock == a.nest && Conflict(x.mode, y.mode)) return true;
      }
    }
    return false;
  }

  bool EveryChoiceIsOrderedByNest(const std::vector<std::string>& cycle,
                                  std::vector<const RequestContext*>& chosen) const {
    const std::size_t i = chosen.size();
    if (i == cycle.size()) {
      for (const RequestContext* a : chosen) {
        for (const RequestContext* b : chosen) {
          if (a != b && OrderedByNest(*a, *b)) return true;
        }
      }
      return false;
    }
    for (const RequestContext& context : contexts_) {
      if (Wanted(context) != cycle[(i + 1) % cycle.size()]) continue;
      const bool holds = std::any_of(context.held.begin(), context.held.end(), [&](const Hold& hold) {
        return hold.lock != context.wanted && Node(hold) == cycle[i];
      });
      if (!holds) continue;
      chosen.push_back(&context);
      const bool ordered = EveryChoiceIsOrderedByNest(cycle, chosen);
      chosen.pop_back();
      if (!ordered) return false;
    }
    return true;
  }

  // --- The circular findings -----------------------------------------------------------------------------------

  void AddMinimalNodeCycles() {
    for (const std::vector<std::string>& cycle : strong_cycles_) {
      if (!IsMinimal(cycle)) continue;
      std::vector<const RequestContext*> chosen;
      if (EveryChoiceIsOrderedByNest(cycle, chosen)) continue;
      Claim claim;
      const Projection& projection = projections_[LeastRotation(cycle)];
      if (!projection.some_unrefuted) {
        claim.verdict = Verdict::kFalse;
        claim.reasons = projection.some_follows ? projection.reasons : std::set{ReasonKind::kClassAliasing};
      }
      claims_[{FindingKind::kCircular, LeastRotation(cycle)}] = claim;
    }
  }

  void AddUnrefutedInstanceCycles() {
    std::vector<std::vector<std::string>> by_length;
    for (const auto& [nodes, projection] : projections_) {
      if (projection.some_unrefuted) by_length.push_back(nodes);
    }
    std::stable_sort(by_length.begin(), by_length.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    for (const std::vector<std::string>& nodes : by_length) {
      const bool covered = std::any_of(claims_.begin(), claims_.end(), [&nodes](const auto& entry) {
        const auto& [key, claim] = entry;
        return key.first == FindingKind::kCircular && claim.verdict != Verdict::kFalse &&
               key.second.size() < nodes.size() && IsSubset(key.second, nodes);
      });
      if (!covered) claims_[{FindingKind::kCircular, nodes}] = Claim{};
    }
  }

  const Program& program_;
  const World world_;
  const std::vector<RequestContext> contexts_;
  std::map<std::vector<std::string>, Projection> projections_;  // of instance cycles, in least rotation
  std::map<std::pair<std::string, std::string>, std::set<DependencyType>> dependencies_;
  std::set<std::vector<std::string>> strong_cycles_;  // of nodes, from their least one
  Claims claims_;
};

}  // namespace

Claims ReferenceFindings(const Program& program, World world) { return FindingSearch(program, world).All(); }

}  // namespace lockdep::reference
