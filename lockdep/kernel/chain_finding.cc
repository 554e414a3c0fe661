#include "lockdep/kernel/chain_finding.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "lockdep/kernel/lock_facts.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

// /proc/lockdep has the newest layout of usage characters since 4.14; older kernels write six of them.
constexpr std::string_view kProcVersion = "4.14";

// Sections that wait for nobody, and annotations that are no locks; they are unchecked, too.
bool IsNoLock(std::string_view name) {
  return name.starts_with("rcu_") || name.find("srcu") != std::string_view::npos ||
         name.ends_with("-wait-type-override");
}

struct Slot {
  ClassIndex held = 0;
  ClassIndex wanted = 0;
  std::vector<ChainIndex> chains;
};

class Finder {
 public:
  Finder(const Evidence& evidence, const std::string& source)
      : evidence_(evidence), graph_(*evidence.chains), table_(evidence.chains->table()), source_(source) {}

  ChainFindings Run() {
    bool complete = true;
    for (const std::vector<ClassIndex>& classes : graph_.Cycles(kCyclesMax, complete)) {
      std::vector<Slot> slots;
      for (std::size_t i = 0; i < classes.size(); ++i) {
        const ClassIndex wanted = classes[(i + 1) % classes.size()];
        slots.push_back({classes[i], wanted, graph_.Contexts(classes[i], wanted)});
      }
      Add(slots, false);
    }
    if (!complete)
      found_.notes.push_back("more than " + std::to_string(kCyclesMax) + " cycles: only these were looked at");
    if (table_.overflowed) found_.notes.emplace_back("the kernel ran out of room for chains: some are missing");
    NotValidated();
    return std::move(found_);
  }

 private:
  const std::string& Name(ClassIndex each) const { return table_.names[static_cast<std::size_t>(each)]; }
  std::optional<Mode> Only(const std::string& name) const;
  std::string Example(const Slot& slot) const;
  void Add(const std::vector<Slot>& slots, bool not_validated);
  void Gates(const std::vector<Slot>& slots, ChainCycle& cycle);
  void Missing(const std::vector<Slot>& slots, ChainCycle& cycle);
  void NotValidated();

  const Evidence& evidence_;
  const ChainGraph& graph_;
  const ChainTable& table_;
  const std::string& source_;
  ChainFindings found_;
};

std::optional<Mode> Finder::Only(const std::string& name) const {
  const LockRule* rule = evidence_.rules == nullptr ? nullptr : evidence_.rules->Find(name, "");
  if (rule != nullptr && rule->exclusive) return Mode::kExclusive;
  if (evidence_.classes == nullptr) return std::nullopt;
  const auto found = evidence_.classes->find(name);
  if (found == evidence_.classes->end()) return std::nullopt;
  LockText lock;
  lock.usage = found->second;
  return OnlyMode(lock, kProcVersion);
}

std::string Finder::Example(const Slot& slot) const {
  const std::vector<ClassIndex>& classes = table_.chains[slot.chains.front()].classes;
  const auto end = std::find(classes.rbegin(), classes.rend(), slot.wanted).base() - 1;
  std::string text;
  for (auto each = classes.begin(); each != end; ++each) text += (text.empty() ? "" : ", ") + Name(*each);
  return text + " -> " + Name(slot.wanted);
}

// Locks held in all chains of two links.
void Finder::Gates(const std::vector<Slot>& slots, ChainCycle& cycle) {
  std::vector<std::set<ClassIndex>> held;
  std::set<ClassIndex> own;
  for (const Slot& slot : slots) {
    held.push_back(graph_.HeldInAll(slot.chains, slot.held, slot.wanted));
    own.insert(slot.held);
  }
  std::set<ClassIndex> common;
  for (std::size_t a = 0; a < held.size(); ++a) {
    for (std::size_t b = a + 1; b < held.size(); ++b) {
      for (const ClassIndex each : held[a]) {
        if (held[b].contains(each) && !own.contains(each)) common.insert(each);
      }
    }
  }
  Finding& finding = cycle.finding;
  for (const ClassIndex each : common) {
    const std::string& name = Name(each);
    const LockRule* rule = evidence_.rules == nullptr ? nullptr : evidence_.rules->Find(name, "");
    const bool exclusive = Only(name) == Mode::kExclusive;
    if (rule == nullptr || !rule->one || !exclusive || table_.overflowed) {
      cycle.gates.push_back(name + (exclusive ? " (only ever held exclusively)" : ""));
      continue;
    }
    FindingLock lock;
    lock.name = lock.class_name = name;
    finding.locks.push_back(lock);
    finding.verdict = Verdict::kFalse;
    finding.strength = Strength::kDeclared;
    finding.reasons.push_back(
        {ReasonKind::kExclusiveGate,
         {static_cast<int>(finding.locks.size()) - 1},
         name + " is held in all chains of two of the links; it is one lock, only held exclusively (" + rule->source +
             ")"});
  }
}

void Finder::Missing(const std::vector<Slot>& slots, ChainCycle& cycle) {
  Finding& finding = cycle.finding;
  if (finding.verdict == Verdict::kFalse) return;
  if (cycle.not_validated) {
    finding.missing.push_back("is " + Name(slots[1].wanted) + " taken by a blocking call while " + Name(slots[1].held) +
                              " is held, and is it the same object?  The kernel does not validate this class, so its "
                              "chains show only that both were held");
  }
  if (!cycle.gates.empty())
    finding.missing.push_back(
        "is " + cycle.gates.front() +
        " one lock, held exclusively on one side?  It is held on both, so then the cycle is false");
  std::string unknown;
  for (const Slot& slot : slots) {
    const std::optional<Mode> only = Only(Name(slot.held));
    if (only == Mode::kExclusive) continue;
    unknown += (unknown.empty() ? "" : ", ") + Name(slot.held) + (only ? " (only ever read)" : "");
  }
  if (!unknown.empty()) {
    finding.missing.push_back("the modes of " + unknown +
                              ": chains do not record them, and a reader that others do not block is harmless");
  }
  if (finding.missing.empty()) finding.missing.emplace_back("can the tasks run at the same time, on the same objects?");
}

void Finder::Add(const std::vector<Slot>& slots, bool not_validated) {
  ChainCycle cycle;
  cycle.not_validated = not_validated;
  Finding& finding = cycle.finding;
  finding.kind = FindingKind::kCircular;
  finding.source = source_;
  finding.cycle_length = static_cast<int>(slots.size());
  for (const Slot& slot : slots) {
    const LockText text = NamedLock(Name(slot.held));
    FindingLock lock;
    lock.name = lock.class_name = text.name;
    lock.subclass = text.subclass;
    lock.type = TypeOf(text, std::nullopt);
    finding.locks.push_back(lock);
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    FindingEdge edge;
    edge.held = static_cast<int>(i);
    edge.wanted = static_cast<int>((i + 1) % slots.size());
    edge.thread = "task " + std::to_string(i + 1);
    finding.edges.push_back(edge);
    cycle.examples.push_back(Example(slots[i]));
    cycle.counts.push_back(slots[i].chains.size());
  }
  finding.closing_edge = finding.cycle_length - 1;
  Gates(slots, cycle);
  Missing(slots, cycle);
  const int closing = finding.closing_edge;
  SetFingerprint(finding);
  const int n = finding.cycle_length;
  const int shift = ((closing - finding.closing_edge) % n + n) % n;
  std::rotate(cycle.examples.begin(), cycle.examples.begin() + shift, cycle.examples.end());
  std::rotate(cycle.counts.begin(), cycle.counts.begin() + shift, cycle.counts.end());
  found_.cycles.push_back(std::move(cycle));
}

// A class whose usage is empty though it was held, and that ends no chain, is not validated.
void Finder::NotValidated() {
  if (evidence_.classes == nullptr) return;
  for (std::size_t i = 0; i < table_.names.size(); ++i) {
    const auto each = static_cast<ClassIndex>(i);
    const auto usage = evidence_.classes->find(Name(each));
    if (usage == evidence_.classes->end() || usage->second != "....") continue;
    if (graph_.EndsAChain(each) || IsNoLock(Name(each))) continue;
    for (std::size_t k = 0; k < table_.names.size(); ++k) {
      const auto other = static_cast<ClassIndex>(k);
      const std::vector<ChainIndex>& wanted = graph_.Contexts(each, other);
      if (wanted.empty()) continue;
      const std::vector<ChainIndex> pairs = graph_.HeldPairs(other, each);
      if (!pairs.empty()) Add({{each, other, wanted}, {other, each, pairs}}, true);
    }
  }
}

}  // namespace

ChainFindings FindChainCycles(const Evidence& evidence, const std::string& source) {
  return Finder(evidence, source).Run();
}

std::string FormatChainCycle(const ChainCycle& cycle) {
  const Finding& finding = cycle.finding;
  std::string text = Summary(finding) + ", fingerprint " + FingerprintText(finding.fingerprint) + "\n";
  for (std::size_t i = 0; i < finding.edges.size(); ++i) {
    text += "  in " + std::to_string(cycle.counts[i]) + (cycle.counts[i] == 1 ? " chain:  " : " chains: ") +
            cycle.examples[i] + "\n";
  }
  if (cycle.not_validated) text += "  through a class that the kernel does not validate\n";
  for (const std::string& gate : cycle.gates) text += "  held on two links: " + gate + "\n";
  for (const Reason& reason : finding.reasons) text += "  because " + reason.evidence.text() + "\n";
  for (std::size_t i = 0; i < finding.missing.size(); ++i)
    text += (i == 0 ? "  decides: " : "  also:    ") + finding.missing[i].text() + "\n";
  return text;
}

}  // namespace lockdep::kernel
