#include "lockdep/kernel/link_holds.h"

#include <algorithm>
#include <set>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/lock_facts.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

const LockText& Lock(const KernelFinding& made, int index) { return made.locks[static_cast<std::size_t>(index)]; }

bool IsClosing(const KernelFinding& made, std::size_t link) {
  return static_cast<int>(link) == made.finding.closing_edge;
}

// What the text and the rules say of a lock's class, wherever it is held.
void AddClassFacts(const KernelFinding& made, const std::string& label, const Evidence& evidence, KnownHold& hold) {
  for (const HeldLockText& held : made.report.held_locks) {
    if (held.lock.Label() != label) continue;
    hold.one = hold.one || IsOneLock(held.lock, made.report.version);
    hold.exclusive = hold.exclusive || OnlyMode(held.lock, made.report.version) == Mode::kExclusive;
  }
  if (evidence.classes != nullptr) {
    const auto found = evidence.classes->find(label);
    if (found != evidence.classes->end()) {
      LockText lock;
      lock.usage = found->second;
      hold.exclusive = hold.exclusive || OnlyMode(lock, made.report.version) == Mode::kExclusive;
    }
  }
  if (evidence.rules == nullptr) return;
  const LockRule* rule = evidence.rules->Find(label, made.report.version);
  if (rule == nullptr) return;
  if ((rule->one && !hold.one) || (rule->exclusive && !hold.exclusive)) {
    hold.declared = true;
    hold.evidence += " (" + rule->source + ")";
  }
  hold.one = hold.one || rule->one;
  hold.exclusive = hold.exclusive || rule->exclusive;
}

void AddFromText(const KernelFinding& made, const Evidence& evidence, Holds& holds) {
  for (const HeldLockText& held : made.report.held_locks) {
    KnownHold hold;
    hold.exclusive = HeldMode(held.lock, made.report.version) == Mode::kExclusive;
    hold.evidence = "is among the locks that " + made.report.task + " holds";
    AddClassFacts(made, held.lock.Label(), evidence, hold);
    holds.emplace(held.lock.Label(), hold);
  }
}

// How the lock came onto the stack in these chains.
void AddHowTaken(const ChainGraph& graph, const std::vector<ChainIndex>& chains, ClassIndex held, ClassIndex gate,
                 KnownHold& hold) {
  hold.tried = true;
  for (const ChainIndex chain : chains) {
    const std::vector<ClassIndex>& classes = graph.table().chains[chain].classes;
    const auto gate_at = std::find(classes.begin(), classes.end(), gate);
    const auto held_at = std::find(classes.begin(), classes.end(), held);
    hold.taken_inside = hold.taken_inside || held_at < gate_at;
    if (graph.IsBlockingAt(chain, static_cast<std::size_t>(gate_at - classes.begin()))) hold.tried = false;
  }
  hold.seen_blocking = !hold.tried;
}

void AddFromChains(const KernelFinding& made, const FindingEdge& edge, const Evidence& evidence,
                   const std::vector<ChainIndex>& chains, Holds& holds) {
  const ChainGraph& graph = *evidence.chains;
  const ClassIndex held = graph.table().Find(Lock(made, edge.held).Label());
  const ClassIndex wanted = graph.table().Find(Lock(made, edge.wanted).Label());
  for (const ClassIndex each : graph.HeldInAll(chains, held, wanted)) {
    const std::string& label = graph.table().names[static_cast<std::size_t>(each)];
    KnownHold hold;
    hold.evidence = chains.size() == 1 ? "is held in the one chain in which "
                                       : "is held in all " + std::to_string(chains.size()) + " chains in which ";
    hold.evidence += Lock(made, edge.wanted).Label() + " was taken under " + Lock(made, edge.held).Label();
    AddHowTaken(graph, chains, held, each, hold);
    AddClassFacts(made, label, evidence, hold);
    holds.emplace(label, hold);
  }
}

std::set<std::string> FunctionsOf(const KernelFinding& made, std::size_t link) {
  std::set<std::string> functions;
  for (const StackFrame& frame : made.finding.edges[link].wanted_at.stack)
    functions.emplace(WithoutClone(frame.function));
  if (IsClosing(made, link)) {
    for (const TraceFrame& frame : made.report.backtrace) {
      if (!frame.uncertain) functions.emplace(WithoutClone(frame.function));
    }
  }
  return functions;
}

void AddFromRules(const KernelFinding& made, std::size_t link, const Evidence& evidence, Holds& holds) {
  const std::set<std::string> functions = FunctionsOf(made, link);
  for (const HoldsRule& rule : evidence.rules->holds) {
    if (rule.only_tries || !functions.contains(rule.function) || holds.contains(rule.lock)) continue;
    if (!rule.kernels.Holds(made.report.version)) continue;
    if (IsClass(Lock(made, made.finding.edges[link].wanted).Label(), rule.lock)) continue;
    KnownHold hold;
    hold.declared = true;
    hold.tried = rule.kind == Kind::kTrylock;
    hold.taken_inside = hold.tried;
    hold.evidence = "is held where " + rule.function + " is on the stack (" + rule.source + ")";
    AddClassFacts(made, rule.lock, evidence, hold);
    holds.emplace(rule.lock, hold);
  }
}

}  // namespace

Holds HoldsOf(const KernelFinding& made, std::size_t link, const Evidence& evidence, bool& usable, std::string& note) {
  Holds holds;
  usable = true;
  const FindingEdge& edge = made.finding.edges[link];
  bool from_chains = false;
  if (evidence.chains != nullptr) {
    const ChainTable& table = evidence.chains->table();
    const ClassIndex held = table.Find(Lock(made, edge.held).Label());
    const ClassIndex wanted = table.Find(Lock(made, edge.wanted).Label());
    const std::vector<ChainIndex>& chains = evidence.chains->Contexts(held, wanted);
    from_chains = held >= 0 && wanted >= 0 && !chains.empty();
    if (from_chains) {
      AddFromChains(made, edge, evidence, chains, holds);
    } else if (!IsClosing(made, link)) {
      usable = false;
      note = "no chain has " + Lock(made, edge.held).Label() + " -> " + Lock(made, edge.wanted).Label() +
             ": the chains are of another boot, and nothing is taken from them";
    }
  }
  // The chains show every context of the link, the text one of them.
  if (!from_chains && IsClosing(made, link)) AddFromText(made, evidence, holds);
  if (evidence.rules != nullptr) AddFromRules(made, link, evidence, holds);
  return holds;
}

const HoldsRule* TriedByRule(const KernelFinding& made, std::size_t link, const Evidence& evidence) {
  if (evidence.rules == nullptr) return nullptr;
  const std::set<std::string> functions = FunctionsOf(made, link);
  const std::string wanted = Lock(made, made.finding.edges[link].wanted).name;
  for (const HoldsRule& rule : evidence.rules->holds) {
    if (rule.only_tries && rule.kernels.Holds(made.report.version) && functions.contains(rule.function) &&
        IsClass(wanted, rule.lock))
      return &rule;
  }
  return nullptr;
}

}  // namespace lockdep::kernel
