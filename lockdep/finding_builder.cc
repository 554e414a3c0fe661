#include "lockdep/finding_builder.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace lockdep {

std::string FindingBuilder::NodeName(NodeId node) const {
  const NodeRecord& record = graph_.node(node);
  if (record.lock_class == 0) return registry_.LockName(record.lock);
  std::string name = registry_.lock_class(record.lock_class).name;
  if (record.subclass != 0) name.append("/").append(std::to_string(record.subclass));
  return name;
}

Wording FindingBuilder::Named(NodeId node) const {
  const NodeRecord& record = graph_.node(node);
  return record.lock_class == 0 ? registry_.Named(record.lock) : Wording(NodeName(node));
}

Place FindingBuilder::PlaceAt(Site site, StackId stack) const {
  return registry_.PlaceOf(site, stack, options_.sites_are_code);
}

Place FindingBuilder::PlaceOf(const HeldRef& held) const {
  Place place = PlaceAt(held.site, 0);
  if (!place.pcs.empty() && held.caller != 0) place.pcs.push_back(held.caller);
  return place;
}

std::string FindingBuilder::Where(Site site, StackId stack) const {
  const Place place = PlaceAt(site, stack);
  if (place.file.empty()) return "";
  return " (" + place.file + ":" + std::to_string(place.line) + ")";
}

FindingLock FindingBuilder::Describe(NodeId node, LockId instance, bool name_instance) const {
  const NodeRecord& record = graph_.node(node);
  FindingLock lock;
  const LockRecord& described = registry_.lock(instance != 0 ? instance : record.lock);
  // The locks of a class may be of several types.
  lock.type = instance != 0 ? described.type : record.type;
  lock.id = described.id;
  lock.doubt = described.doubt;
  if (record.lock_class == 0) {
    lock.name = registry_.LockName(record.lock);
    lock.stable_name = registry_.HasStableName(record.lock);
    return lock;
  }
  lock.name = registry_.lock_class(record.lock_class).name;
  lock.class_name = lock.name;
  lock.subclass = record.subclass;
  if (name_instance && instance != 0) lock.instance = registry_.LockName(instance);
  return lock;
}

int FindingBuilder::AddLock(LockTable& table, NodeId node, LockId instance, bool name_instance) const {
  const std::uint64_t key = static_cast<std::uint64_t>(node) << 32 | (name_instance ? instance : 0);
  const auto [it, is_new] = table.index.try_emplace(key, static_cast<int>(table.locks.size()));
  if (is_new) table.locks.push_back(Describe(node, instance, name_instance));
  return it->second;
}

std::vector<AlsoHeld> FindingBuilder::HeldList(LockTable& table, std::span<const HeldRef> held, int without) const {
  std::vector<AlsoHeld> result;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (static_cast<int>(i) == without || graph_.node(held[i].node).type == LockType::kThreadEnd) continue;
    const bool class_has_instances = graph_.node(held[i].node).lock_class != 0;
    result.push_back({AddLock(table, held[i].node, held[i].lock, class_has_instances), held[i].how.mode(),
                      held[i].how.kind(), PlaceOf(held[i])});
  }
  return result;
}

FindingEdge FindingBuilder::Edge(LockTable& table, const LinkView& link, int held, int wanted) const {
  const ContextRecord& context = graph_.context(link.link.context);
  const HeldRef& ref = graph_.held(context)[link.link.held];
  FindingEdge edge;
  edge.held = held;
  edge.held_mode = ref.how.mode();
  edge.held_kind = ref.how.kind();
  edge.wanted = wanted;
  edge.wanted_mode = context.how.mode();
  edge.wanted_kind = context.how.kind();
  edge.thread = registry_.name(context.thread);
  edge.role = RoleName(context.role);
  edge.context = context.context;
  edge.held_at = PlaceOf(ref);
  edge.wanted_at = PlaceAt(context.site, context.stack);
  edge.also_held = HeldList(table, graph_.held(context), link.link.held);
  return edge;
}

Finding FindingBuilder::Circular(const NodeCycle& nodes, const Instantiation& found,
                                 const EpisodeVerdict* episodes) const {
  Finding finding;
  finding.kind = FindingKind::kCircular;
  finding.source = options_.source;
  finding.cycle_length = static_cast<int>(nodes.size());
  LockTable table;
  // A class that stands in the cycle more than once is told apart by its instances.
  std::vector<int> own;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool instances_known = i < found.links.size() && graph_.node(nodes[i]).lock_class != 0;
    table.locks.push_back(Describe(nodes[i], instances_known ? found.links[i].held : 0, instances_known));
    own.push_back(static_cast<int>(i));
    const LockId instance = instances_known ? found.links[i].held : 0;
    table.index.try_emplace(static_cast<std::uint64_t>(nodes[i]) << 32 | instance, static_cast<int>(i));
  }
  ContextId latest = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    LinkView link;
    if (i < found.links.size()) {
      link = found.links[i];
    } else {
      // No instance cycle: show the first way in which each dependency came about.
      link.link = graph_.Find(nodes[i], nodes[(i + 1) % nodes.size()])->links.front();
    }
    finding.edges.push_back(Edge(table, link, own[i], own[(i + 1) % nodes.size()]));
    if (finding.closing_edge < 0 || link.link.context > latest) {
      latest = link.link.context;
      finding.closing_edge = static_cast<int>(i);
    }
  }
  Judge(finding, table, nodes, found, episodes);
  finding.locks = std::move(table.locks);
  SetFingerprint(finding);
  return finding;
}

void FindingBuilder::Reopen(Finding& finding) {
  if (finding.verdict != Verdict::kFalse) return;
  finding.verdict = Verdict::kUnknown;
  finding.strength = Strength::kNone;
  finding.reasons.clear();
  finding.missing.emplace_back("the rest of the evidence: a limit of the search or of the kept instances was reached");
}

void FindingBuilder::CapByDoubt(Finding& finding) {
  std::set<int> doubtful;  // of what the verdict rests on
  const auto rests_on = [&](int lock) {
    if (finding.locks[static_cast<std::size_t>(lock)].doubt != Doubt::kNone) doubtful.insert(lock);
  };
  if (finding.verdict == Verdict::kPredicted) {
    for (int i = 0; i < finding.cycle_length; ++i) rests_on(i);
  } else if (finding.verdict == Verdict::kFalse) {
    for (const Reason& reason : finding.reasons) std::for_each(reason.locks.begin(), reason.locks.end(), rests_on);
  }
  if (doubtful.empty()) return;
  finding.verdict = Verdict::kUnknown;
  finding.strength = Strength::kNone;
  finding.reasons.clear();
  finding.witness.clear();
  for (const int lock : doubtful) {
    const FindingLock& each = finding.locks[static_cast<std::size_t>(lock)];
    finding.missing.push_back(MissingOf(each.doubt, each.Named()));
  }
}

// What a joined thread takes, where that is known in part only: in an open world not all that a thread takes with
// nothing held is told.  0: no join, or all is known.
NodeId FindingBuilder::TakenByJoined(const NodeCycle& nodes) const {
  if (options_.closed_world) return 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (graph_.node(nodes[i]).type == LockType::kThreadEnd) return nodes[(i + 1) % nodes.size()];
  }
  return 0;
}

void FindingBuilder::Judge(Finding& finding, LockTable& table, const NodeCycle& nodes, const Instantiation& found,
                           const EpisodeVerdict* episodes) const {
  if (found.refuted && !found.gave_up) {
    bool incomplete = options_.lost_events != 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      incomplete = incomplete || graph_.Find(nodes[i], nodes[(i + 1) % nodes.size()])->incomplete;
    }
    const NodeId first = TakenByJoined(nodes);
    if (!incomplete && first == 0) {
      JudgeFalse(finding, table, nodes, found);
      return;
    }
    if (first != 0) {
      finding.missing.push_back("that the joined thread takes " + Named(first) +
                                " nowhere else: not all that a thread takes with nothing held is known");
    }
    if (!incomplete) return;
    finding.missing.emplace_back(
        options_.lost_events != 0
            ? std::to_string(options_.lost_events) +
                  " events that were not seen, as in a signal handler that interrupted the validator"
            : "the instances beyond the cap on one of these dependencies: what was kept "
              "refutes the cycle, what was not kept is not known");
    return;
  }
  const Verdict verdict = episodes == nullptr || found.gave_up ? Verdict::kUnknown : episodes->verdict;
  if (verdict == Verdict::kFalse) {
    JudgeFalse(finding, table, *episodes);
  } else if (verdict == Verdict::kPredicted) {
    JudgePredicted(finding, table, *episodes);
  } else {
    JudgeUnknown(finding, nodes, found, episodes);
  }
}

Wording FindingBuilder::Evidence(const Refutation& refutation) const {
  const auto thread = [&](ContextId id) { return registry_.name(graph_.context(id).thread); };
  const Wording lock = refutation.lock == 0 ? "" : registry_.Named(refutation.lock);
  switch (refutation.kind) {
    case ReasonKind::kSameThread:
      return "both sides are '" + thread(refutation.first) + "', of which only one " +
             (refutation.declared ? "is declared to exist" : "can exist");
    case ReasonKind::kExclusiveGate: {
      const auto how = [&](ContextId id) {
        for (const HeldRef& held : graph_.held(id)) {
          if (held.lock != refutation.lock) continue;
          return std::string(ToString(held.how.mode())) + (held.how.kind() == Kind::kTrylock ? " by trylock" : "") +
                 Where(held.site, 0);
        }
        return std::string();
      };
      return "'" + thread(refutation.first) + "' holds " + lock + " " + how(refutation.first) + " when it waits, '" +
             thread(refutation.second) + "' holds it " + how(refutation.second) + ": they cannot both";
    }
    case ReasonKind::kTrylockBackoff: {
      const std::span<const HeldRef> held = graph_.held(refutation.first);
      const auto gate = std::find_if(held.begin(), held.end(), [&](const HeldRef& ref) {
        return ref.lock == refutation.lock && ref.how.kind() == Kind::kTrylock;
      });
      return "'" + thread(refutation.first) + "' only tries " + lock + Where(gate->site, 0) + " while it holds " +
             registry_.Named(graph_.context(refutation.second).wanted) +
             "; a blocking call there would close a cycle through " + lock;
    }
    case ReasonKind::kTimed:
      return "'" + thread(refutation.first) + "' waits for " + lock +
             " only for a time; what remains is a stall until then";
    case ReasonKind::kNoWriter:
      return lock +
             " is held and wanted for reading; a reader waits for a reader only behind a waiting writer, and the "
             "script has none";
    case ReasonKind::kReadRead:
      return "every writer of " + lock +
             " is kept out while these threads wait, so no writer can queue between the two readers";
    default: return "";
  }
}

// The locks that reasons are about.  Of the nodes under which a lock was seen the one with the least
// subclass, so that it does not depend on the order of events.
std::map<LockId, NodeId> FindingBuilder::LocksOf(std::span<const Refutation> refutations) const {
  std::map<LockId, NodeId> node_of;
  const auto note = [&](LockId lock, NodeId node) {
    const auto [it, is_new] = node_of.try_emplace(lock, node);
    if (!is_new && graph_.node(node).subclass < graph_.node(it->second).subclass) it->second = node;
  };
  for (const Refutation& refutation : refutations) {
    if (refutation.lock == 0) continue;
    for (const ContextId id : {refutation.first, refutation.second}) {
      const ContextRecord& context = graph_.context(id);
      if (context.wanted == refutation.lock) note(context.wanted, context.node);
      for (const HeldRef& held : graph_.held(context)) {
        if (held.lock == refutation.lock) note(held.lock, held.node);
      }
    }
  }
  return node_of;
}

void FindingBuilder::JudgeFalse(Finding& finding, LockTable& table, const NodeCycle& nodes,
                                const Instantiation& found) const {
  finding.verdict = Verdict::kFalse;
  finding.strength = Strength::kTrace;
  if (found.links.empty()) {
    // By name, because which node the cycle starts with depends on the order of events.
    std::set<std::pair<std::string, int>> by_name;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (graph_.node(nodes[i]).lock_class != 0) by_name.emplace(NodeName(nodes[i]), static_cast<int>(i));
    }
    std::vector<int> locks;
    std::string names;
    for (const auto& [name, index] : by_name) {
      locks.push_back(index);
      names += (names.empty() ? "" : ", ") + name;
    }
    finding.reasons.push_back(
        {ReasonKind::kClassAliasing, locks,
         "no instance of " + names + " is on both sides: the locks held and the locks wanted are different objects"});
    return;
  }
  const std::map<LockId, NodeId> node_of = LocksOf(found.refutations);
  std::set<std::pair<ReasonKind, LockId>> seen;
  for (const Refutation& refutation : found.refutations) {
    if (refutation.elsewhere) continue;
    if (refutation.declared) finding.strength = Strength::kDeclared;
    if (!seen.insert({refutation.kind, refutation.lock}).second) continue;
    std::vector<int> locks;
    if (refutation.lock != 0) {
      const NodeId node = node_of.at(refutation.lock);
      locks.push_back(AddLock(table, node, refutation.lock, graph_.node(node).lock_class != 0));
    }
    finding.reasons.push_back({refutation.kind, std::move(locks), Evidence(refutation)});
  }
  SortReasons(finding, table);
}

void FindingBuilder::SortReasons(Finding& finding, const LockTable& table) {
  std::stable_sort(finding.reasons.begin(), finding.reasons.end(), [&](const Reason& a, const Reason& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    const auto name = [&](const Reason& r) {
      return r.locks.empty() ? std::string() : table.locks[r.locks[0]].name + table.locks[r.locks[0]].instance;
    };
    return name(a) < name(b);
  });
}

// A lock that the search of episodes names, under the node as which it was first seen.
int FindingBuilder::AddLockAnywhere(LockTable& table, LockId lock) const {
  const NodeId node = graph_.FirstNodeOf(lock);
  const auto own = table.index.find(static_cast<std::uint64_t>(node) << 32 | lock);
  if (own != table.index.end()) return own->second;
  return AddLock(table, node, lock, graph_.node(node).lock_class != 0);
}

void FindingBuilder::JudgeFalse(Finding& finding, LockTable& table, const EpisodeVerdict& episodes) const {
  finding.verdict = Verdict::kFalse;
  finding.strength = episodes.declared ? Strength::kDeclared : Strength::kExhausted;
  finding.detail = "searched: " + episodes.scope;
  for (const EpisodeReason& each : episodes.reasons) {
    Reason reason{each.kind, {}, each.evidence};
    for (const LockId lock : each.locks) reason.locks.push_back(AddLockAnywhere(table, lock));
    finding.reasons.push_back(std::move(reason));
  }
  SortReasons(finding, table);
}

void FindingBuilder::JudgePredicted(Finding& finding, LockTable& table, const EpisodeVerdict& episodes) const {
  finding.verdict = Verdict::kPredicted;
  finding.strength = Strength::kExhausted;
  finding.witness = episodes.witness;
  finding.detail = "searched: " + episodes.scope;
  for (const RoleId role : episodes.doubled)
    finding.detail += "; needs two threads of the role '" + RoleName(role) + "'";
  for (const ContextId id : episodes.writers) {
    const ContextRecord& context = graph_.context(id);
    Participant writer;
    writer.thread = registry_.name(context.thread);
    writer.role = RoleName(context.role);
    writer.action = "waits to write it, between its readers";
    writer.lock = AddLockAnywhere(table, context.wanted);
    writer.mode = context.how.mode();
    writer.kind = context.how.kind();
    writer.at = PlaceAt(context.site, context.stack);
    writer.held = HeldList(table, graph_.held(context), -1);
    finding.participants.push_back(std::move(writer));
  }
}

void FindingBuilder::JudgeUnknown(Finding& finding, const NodeCycle& nodes, const Instantiation& found,
                                  const EpisodeVerdict* episodes) const {
  finding.verdict = Verdict::kUnknown;
  if (episodes != nullptr && !episodes->missing.empty()) {
    finding.missing = episodes->missing;
    return;
  }
  if (found.gave_up) {
    finding.missing.emplace_back("the rest of the search: it gave up at its limit of steps");
    return;
  }
  const Refuter refuter(graph_, registry_, options_.closed_world);
  absl::flat_hash_map<RoleId, int> threads;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const LinkView& in = found.links[i];
    const LinkView& out = found.links[(i + 1) % nodes.size()];
    const ContextRecord& context = graph_.context(in.link.context);
    if (context.context == Context::kTask) ++threads[context.role];
    if (!options_.closed_world && registry_.lock(in.wanted).type == LockType::kThreadEnd) {
      finding.missing.push_back("that '" + registry_.name(context.thread) + "' joins" +
                                Where(context.site, context.stack) + " also a thread that has yet to take " +
                                registry_.Named(out.wanted) +
                                ", and not only one that has said before that it is done");
    }
    if (!Refuter::NeedsWriter(in, out)) continue;
    const std::optional<ContextId> writer = refuter.QueuedWriter(found.links, in.wanted);
    const Wording lock = registry_.Named(in.wanted);
    finding.missing.push_back(writer.has_value()
                                  ? "'" + registry_.name(graph_.context(*writer).thread) + "' waiting to write " +
                                        lock + Where(graph_.context(*writer).site, 0) + " between its two readers"
                                  : "a writer of " + lock + ": none was seen that could wait between its two readers");
  }
  std::vector<std::string> roles;
  for (const auto& [role, count] : threads) {
    if (count > 1)
      roles.push_back(std::to_string(count) + " threads of the role '" + RoleName(role) + "' in these places at once");
  }
  std::sort(roles.begin(), roles.end());
  finding.missing.insert(finding.missing.end(), roles.begin(), roles.end());
  finding.missing.emplace_back("a schedule that hangs, or a search of all schedules that finds none");
}

Finding FindingBuilder::Recursive(ContextId id, std::size_t held) const {
  const ContextRecord& context = graph_.context(id);
  const HeldRef& ref = graph_.held(context)[held];
  Finding finding;
  finding.kind = FindingKind::kRecursive;
  finding.source = options_.source;
  finding.cycle_length = 1;
  LockTable table;
  const bool has_class = graph_.node(context.node).lock_class != 0;
  const bool same = ref.lock == context.wanted;
  const int wanted = AddLock(table, context.node, context.wanted, has_class && !same);
  const int outer = same ? wanted : AddLock(table, ref.node, ref.lock, has_class);
  LinkView link;
  link.link = {id, static_cast<std::uint16_t>(held)};
  finding.edges.push_back(Edge(table, link, outer, wanted));
  finding.closing_edge = 0;
  const Wording name = registry_.Named(context.wanted);
  if (!same) {
    finding.missing.emplace_back(
        "a declared order of the instances (subclass, nest lock, compare function), or both orders seen");
  } else if (!graph_.Writers(context.wanted).empty()) {
    finding.missing.push_back("a writer of " + name + " waiting between the two reads");
  } else if (options_.closed_world && options_.lost_events == 0 && graph_.WritersComplete(context.wanted)) {
    finding.verdict = Verdict::kFalse;
    finding.strength = Strength::kTrace;
    finding.reasons.push_back(
        {ReasonKind::kNoWriter,
         {wanted},
         name + " is read twice by one thread; the second read waits only behind a writer, and the script has none"});
  } else {
    finding.missing.push_back("a writer of " + name + ": none was seen");
  }
  finding.locks = std::move(table.locks);
  SetFingerprint(finding);
  return finding;
}

Finding FindingBuilder::SelfDeadlock(ContextId id, std::size_t held) const {
  const ContextRecord& context = graph_.context(id);
  Finding finding;
  finding.kind = FindingKind::kSelfDeadlock;
  finding.source = options_.source;
  finding.cycle_length = 1;
  LockTable table;
  const int lock = AddLock(table, context.node, context.wanted, graph_.node(context.node).lock_class != 0);
  LinkView link;
  link.link = {id, static_cast<std::uint16_t>(held)};
  finding.edges.push_back(Edge(table, link, lock, lock));
  finding.closing_edge = 0;
  if (context.how.kind() == Kind::kTimed && !options_.closed_world) {
    finding.missing.push_back("that who waits for " + registry_.Named(context.wanted) +
                              " goes on without it when the time is over: it holds it itself");
  } else if (context.how.kind() == Kind::kTimed) {
    finding.verdict = Verdict::kFalse;
    finding.strength = Strength::kTrace;
    finding.reasons.push_back(
        {ReasonKind::kTimed, {lock}, "the wait ends by itself; what remains is a stall until then"});
  } else {
    finding.verdict = Verdict::kReal;
    finding.strength = Strength::kExecuted;
    finding.witness = {finding.edges[0].thread + ": waits for " + registry_.Named(context.wanted) +
                       ", which it holds itself"};
  }
  finding.locks = std::move(table.locks);
  SetFingerprint(finding);
  return finding;
}

Participant FindingBuilder::ParticipantOf(LockTable&, const UsagePoint& point, int lock, std::string action) const {
  Participant participant;
  participant.thread = registry_.name(point.thread);
  participant.role = RoleName(point.role);
  participant.context = point.context;
  participant.action = std::move(action);
  participant.lock = lock;
  participant.mode = point.mode;
  participant.kind = point.kind;
  participant.at = PlaceAt(point.site, point.stack);
  return participant;
}

Finding FindingBuilder::Usage(const UsageConflict& conflict) const {
  const std::string name = conflict.interrupt == Interrupt::kSignal    ? options_.signal_handler
                           : conflict.interrupt == Interrupt::kHardirq ? "hardirq"
                                                                       : "softirq";
  Finding finding;
  finding.source = options_.source;
  finding.kind = conflict.path.size() == 1   ? FindingKind::kInconsistentState
                 : conflict.path.size() == 2 ? FindingKind::kIrqUnsafeOrder
                                             : FindingKind::kIrqInversion;
  finding.cycle_length = static_cast<int>(conflict.path.size());
  LockTable table;
  for (const NodeId node : conflict.path) AddLock(table, node, 0, false);
  const int last = finding.cycle_length - 1;
  table.locks.front().type = registry_.lock(conflict.used_in.lock).type;
  table.locks[static_cast<std::size_t>(last)].type = registry_.lock(conflict.enabled.lock).type;
  for (int i = 0; i < last; ++i) {
    LinkView link;
    const auto& links = graph_.Find(conflict.path[i], conflict.path[i + 1])->links;
    link.link = *std::find_if(links.begin(), links.end(), [&](Link each) { return graph_.IsWithoutLocal(each); });
    finding.edges.push_back(Edge(table, link, i, i + 1));
  }
  finding.participants.push_back(ParticipantOf(table, conflict.used_in, 0, "takes it in a " + name));
  finding.participants.push_back(
      ParticipantOf(table, conflict.enabled, last, "holds it where a " + name + " can come"));
  finding.detail = last == 0
                       ? "the " + name + " can wait for the thread it interrupted"
                       : "a " + name + " that interrupts the holder of " + table.locks[last].name + " can wait for " +
                             table.locks[0].name + ", whose holder waits for " + table.locks[last].name;
  finding.missing.push_back("a " + name +
                            " at that moment: a schedule that hangs, or a search of all schedules that finds none");
  finding.locks = std::move(table.locks);
  SetFingerprint(finding);
  return finding;
}

Finding FindingBuilder::OfMisuse(const Misuse& misuse) const {
  Finding finding;
  finding.kind = misuse.kind;
  finding.source = options_.source;
  finding.cycle_length = 1;
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  finding.detail = misuse.detail;
  LockTable table;
  const int lock = AddLock(table, misuse.node, misuse.lock, graph_.node(misuse.node).lock_class != 0);
  Participant participant;
  participant.thread = registry_.name(misuse.thread);
  participant.role = RoleName(misuse.role);
  participant.context = misuse.context;
  participant.action = misuse.action;
  participant.lock = lock;
  participant.mode = misuse.how.mode();
  participant.kind = misuse.how.kind();
  participant.at = PlaceAt(misuse.site, misuse.stack);
  participant.held = HeldList(table, misuse.held, -1);
  finding.participants.push_back(std::move(participant));
  finding.locks = std::move(table.locks);
  SetFingerprint(finding);
  return finding;
}

}  // namespace lockdep
