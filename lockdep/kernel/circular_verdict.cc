#include "lockdep/kernel/circular_verdict.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/kernel/link_holds.h"
#include "lockdep/kernel/lock_facts.h"

namespace lockdep::kernel {
namespace {

// Of longer cycles not all shorter ones are looked at, so none of them is false.
constexpr std::size_t kLinksMax = 12;

class Circular {
 public:
  Circular(KernelFinding& made, const Evidence& evidence, Judgement& judgement)
      : made_(made), finding_(made.finding), evidence_(evidence), judgement_(judgement) {}

  void Run() {
    FindCandidates();
    if (!made_.complete) {
      Miss("the whole chain: which locks stand between those that are shown?");
      return;
    }
    CollectHolds();
    if (DecideFalse()) return;
    ReaderJoints();
    Question();
    Modes();
  }

 private:
  std::string Label(int lock) const { return made_.locks[static_cast<std::size_t>(lock)].Label(); }
  void Miss(std::string what) { finding_.missing.push_back(std::move(what)); }
  bool InCycle(const std::string& label) const {
    for (int i = 0; i < finding_.cycle_length; ++i) {
      if (Label(i) == label) return true;
    }
    return false;
  }
  int IndexOf(const std::string& label);
  void FindCandidates();
  void CollectHolds();
  struct GatePair {
    std::string label;
    std::size_t first = 0, second = 0;  // links
  };
  struct Tried {
    std::size_t link = 0;
    const HoldsRule* rule = nullptr;
  };
  bool Excludes(const std::string& label, std::size_t first, std::size_t second);
  void FindGates();
  bool MayHold(std::size_t link, int lock) const;
  bool Closes(const std::vector<std::size_t>& links) const;
  bool Refuted(const std::vector<std::size_t>& links) const;
  bool AllRefuted();
  void AddGateReason(const GatePair& gate);
  bool DecideFalse();
  std::string SideOf(std::size_t link, const std::string& label, const KnownHold& hold) const;
  void ReaderJoints();
  void Question();
  void Modes();

  KernelFinding& made_;
  Finding& finding_;
  const Evidence& evidence_;
  Judgement& judgement_;
  std::vector<Holds> holds_;  // by link
  bool usable_ = true;
  std::vector<std::string> likely_;  // held on two links, but not shown to be one lock and exclusive
  std::vector<GatePair> gates_;
  std::vector<Tried> tried_;
  const ChainGraph* chains_ = nullptr;  // if they are of the boot of the report
};

int Circular::IndexOf(const std::string& label) {
  for (std::size_t i = 0; i < made_.locks.size(); ++i) {
    if (made_.locks[i].Label() == label) return static_cast<int>(i);
  }
  LockText text;
  text.name = label;
  FindingLock lock;
  lock.name = lock.class_name = label;
  lock.type = TypeOf(text, std::nullopt);
  made_.locks.push_back(text);
  finding_.locks.push_back(lock);
  return static_cast<int>(made_.locks.size()) - 1;
}

// Locks that the reporter holds beside the cycle and that exclude somebody.
void Circular::FindCandidates() {
  const std::string& version = made_.report.version;
  for (const HeldLockText& held : made_.report.held_locks) {
    const std::string label = held.lock.Label();
    if (InCycle(label) || HeldMode(held.lock, version) == Mode::kShared) continue;
    if (TypeOf(held.lock, std::nullopt) == LockType::kPseudo || label.starts_with("rcu_")) continue;
    GateCandidate gate;
    gate.name = label;
    gate.one = IsOneLock(held.lock, version);
    gate.exclusive = HeldMode(held.lock, version) == Mode::kExclusive;
    judgement_.gates.push_back(gate);
  }
  std::stable_sort(judgement_.gates.begin(), judgement_.gates.end(),
                   [](const GateCandidate& a, const GateCandidate& b) {
                     return std::make_pair(a.one, a.exclusive) > std::make_pair(b.one, b.exclusive);
                   });
}

void Circular::CollectHolds() {
  Evidence evidence = evidence_;
  if (evidence.chains != nullptr && evidence.chains->table().overflowed) {
    judgement_.notes.emplace_back(
        "the kernel ran out of room for chains: some are missing, so nothing is taken from them");
    evidence.chains = nullptr;
  }
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    bool usable = true;
    std::string note;
    holds_.push_back(HoldsOf(made_, i, evidence, usable, note));
    if (!usable) {
      judgement_.notes.push_back(note);
      usable_ = false;
    }
  }
  if (usable_) chains_ = evidence.chains;
  if (usable_ || evidence.chains == nullptr) return;
  // Of another boot: only text and rules are left.
  evidence.chains = nullptr;
  holds_.clear();
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    bool usable = true;
    std::string note;
    holds_.push_back(HoldsOf(made_, i, evidence, usable, note));
  }
}

std::string Circular::SideOf(std::size_t link, const std::string& label, const KnownHold& hold) const {
  const FindingEdge& edge = finding_.edges[link];
  std::string text = label + " " + hold.evidence;
  if (hold.taken_inside && hold.tried) text += "; it was taken under " + Label(edge.held) + ", it seems by trylock";
  return text;
}

// Is the lock one object, and does one of the two links hold it exclusively?
bool Circular::Excludes(const std::string& label, std::size_t first, std::size_t second) {
  const KnownHold& a = holds_[first].at(label);
  const KnownHold& b = holds_[second].at(label);
  if ((a.one || b.one) && (a.exclusive || b.exclusive)) return true;
  if (std::find(likely_.begin(), likely_.end(), label) == likely_.end()) likely_.push_back(label);
  return false;
}

void Circular::FindGates() {
  for (std::size_t a = 0; a < holds_.size(); ++a) {
    for (const auto& [label, hold] : holds_[a]) {
      if (InCycle(label)) continue;
      for (std::size_t b = a + 1; b < holds_.size(); ++b) {
        if (holds_[b].contains(label) && Excludes(label, a, b)) gates_.push_back({label, a, b});
      }
    }
  }
}

// May the task of `link` hold that lock of the cycle when it asks?  Where nothing shows all it holds, it may.
bool Circular::MayHold(std::size_t link, int lock) const {
  const FindingEdge& edge = finding_.edges[link];
  if (edge.held == lock) return true;
  if (chains_ != nullptr) {
    const ChainTable& table = chains_->table();
    const ClassIndex held = table.Find(Label(edge.held));
    const ClassIndex wanted = table.Find(Label(edge.wanted));
    const ClassIndex other = table.Find(Label(lock));
    const std::vector<ChainIndex>& contexts = chains_->Contexts(held, wanted);
    if (!contexts.empty()) {
      return std::any_of(contexts.begin(), contexts.end(), [&](ChainIndex chain) {
        const std::vector<ClassIndex>& classes = table.chains[chain].classes;
        return std::find(classes.begin(), classes.end(), other) != classes.end();
      });
    }
  }
  if (static_cast<int>(link) != finding_.closing_edge) return true;
  const std::vector<HeldLockText>& shown = made_.report.held_locks;
  if (made_.report.held_count < 0 || static_cast<int>(shown.size()) < made_.report.held_count) return true;
  return std::any_of(shown.begin(), shown.end(),
                     [&](const HeldLockText& each) { return each.lock.Label() == Label(lock); });
}

// Can these links, in the order of the cycle, wait for each other?  The lock that one wants must be held by the
// next of them, which may be another than its neighbour in the whole cycle.
bool Circular::Closes(const std::vector<std::size_t>& links) const {
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (!MayHold(links[(i + 1) % links.size()], finding_.edges[links[i]].wanted)) return false;
  }
  return true;
}

bool Circular::Refuted(const std::vector<std::size_t>& links) const {
  const auto in = [&links](std::size_t link) { return std::find(links.begin(), links.end(), link) != links.end(); };
  return std::any_of(tried_.begin(), tried_.end(), [&](const Tried& each) { return in(each.link); }) ||
         std::any_of(gates_.begin(), gates_.end(),
                     [&](const GatePair& gate) { return in(gate.first) && in(gate.second); });
}

// A task that holds several locks of the cycle closes shorter ones, too; the report is false only if each of
// them is.  Without the link that was seen last there is none: the kernel would have reported it before.
bool Circular::AllRefuted() {
  const std::size_t n = finding_.edges.size();
  if (n > kLinksMax) return false;
  bool all = true;
  for (std::uint32_t set = 1; set < (1U << n); ++set) {
    std::vector<std::size_t> links;
    for (std::size_t i = 0; i < n; ++i) {
      if ((set >> i & 1U) != 0) links.push_back(i);
    }
    if (links.size() < 2 || (set >> finding_.closing_edge & 1U) == 0 || Refuted(links) || !Closes(links)) continue;
    all = false;
  }
  return all;
}

void Circular::AddGateReason(const GatePair& gate) {
  const KnownHold& a = holds_[gate.first].at(gate.label);
  const KnownHold& b = holds_[gate.second].at(gate.label);
  const int lock = IndexOf(gate.label);
  if (a.declared || b.declared) finding_.strength = Strength::kDeclared;
  finding_.reasons.push_back({ReasonKind::kExclusiveGate,
                              {lock},
                              SideOf(gate.first, gate.label, a) + "; " + SideOf(gate.second, gate.label, b) +
                                  ": one lock, never held for reading, so the two links exclude each other"});
  judgement_.known.push_back({gate.label, gate.first, a.tried && a.taken_inside});
  judgement_.known.push_back({gate.label, gate.second, b.tried && b.taken_inside});
  for (const KnownHold* hold : {&a, &b}) {
    if (!hold->tried || !hold->taken_inside) continue;
    finding_.reasons.push_back({ReasonKind::kTrylockBackoff,
                                {lock},
                                gate.label + " is taken inside the cycle's lock by trylock" +
                                    (hold->declared ? "" : ", as far as the chains show") +
                                    "; a blocking call there would close a cycle through " + gate.label});
    return;
  }
}

// A lock held on two links, one object, exclusively on one of them; or a wait that is only a try.
bool Circular::DecideFalse() {
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    if (const HoldsRule* rule = TriedByRule(made_, i, evidence_)) tried_.push_back({i, rule});
  }
  FindGates();
  if (gates_.empty() && tried_.empty()) return false;
  if (!AllRefuted()) {
    judgement_.notes.emplace_back(
        "a lock or a rule excludes the whole cycle, but not a shorter one that its tasks may close, because they may "
        "hold more than one of its locks");
    return false;
  }
  finding_.verdict = Verdict::kFalse;
  finding_.strength = tried_.empty() ? Strength::kTrace : Strength::kDeclared;
  for (const Tried& each : tried_) {
    finding_.reasons.push_back({ReasonKind::kTrylockBackoff,
                                {finding_.edges[each.link].wanted},
                                "by rule, " + each.rule->function + " only tries " +
                                    Label(finding_.edges[each.link].wanted) + " and goes on without it (" +
                                    each.rule->source + ")"});
  }
  std::set<std::string> said;
  for (const GatePair& gate : gates_) {
    if (said.insert(gate.label).second) AddGateReason(gate);
  }
  return true;
}

// Held for reading and wanted for reading: waits only behind a queued writer.
void Circular::ReaderJoints() {
  const std::size_t n = finding_.edges.size();
  for (std::size_t i = 0; i < n; ++i) {
    const LinkModes& wants = made_.modes[i];
    const LinkModes& holds = made_.modes[(i + 1) % n];
    if (!wants.wanted || !holds.held || !IsShared(*wants.wanted) || !IsShared(*holds.held)) continue;
    const std::string lock = Label(finding_.edges[i].wanted);
    Miss("can a writer of " + lock +
         " wait at that moment?  It is held and wanted for reading, so the cycle needs one more task, " +
         "a writer that queues between them");
  }
}

void Circular::Question() {
  const FindingEdge& closing = finding_.edges[static_cast<std::size_t>(finding_.closing_edge)];
  if (!likely_.empty()) {
    Miss("is " + likely_.front() +
         " one lock, held exclusively by one of the tasks?  It is held on both sides, so then the cycle is false");
    return;
  }
  const bool chains = chains_ != nullptr;
  std::vector<std::string> gates;
  for (const GateCandidate& gate : judgement_.gates) {
    // A class of many objects excludes nobody for certain.
    if (gates.size() < 3 && (gate.one || !gate.name.starts_with("&"))) gates.push_back(gate.name);
  }
  if (!chains && !gates.empty()) {
    std::string names = gates.front();
    for (std::size_t i = 1; i < gates.size(); ++i) names += (i + 1 == gates.size() ? " or " : ", ") + gates[i];
    const FindingEdge& other =
        finding_.edges[(static_cast<std::size_t>(finding_.closing_edge) + 1) % finding_.edges.size()];
    const std::string where = other.wanted_at.function.empty() ? "" : " in " + other.wanted_at.function;
    Miss("do the other tasks hold " + names + ", too (by whatever call), when they ask: one for " +
         Label(other.wanted) + where + "?  " + closing.thread +
         " holds it; if one of them always does, the cycle is false");
    return;
  }
  if (made_.report.held_count < 0 && !chains) Miss("the list of locks that " + closing.thread + " held");
  Miss("can the " + std::to_string(finding_.edges.size()) + " tasks run at the same time, on the same objects?  " +
       (chains ? "The chains show no lock that excludes it" : "The text shows no lock that excludes it"));
}

void Circular::Modes() {
  if (made_.assumed.empty()) return;
  std::string text = "the modes: it is not shown ";
  const std::size_t shown = std::min<std::size_t>(made_.assumed.size(), 2);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", nor ") + made_.assumed[i];
  if (shown < made_.assumed.size()) text += ", and " + std::to_string(made_.assumed.size() - shown) + " more";
  Miss(text);
}

}  // namespace

void JudgeCircular(KernelFinding& made, const Evidence& evidence, Judgement& judgement) {
  Circular(made, evidence, judgement).Run();
}

}  // namespace lockdep::kernel
