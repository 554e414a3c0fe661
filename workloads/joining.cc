#include "workloads/joining.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lockdep/hang.h"
#include "workloads/describe.h"
#include "workloads/missed_by_orders.h"
#include "workloads/reasons_of_false.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// The nodes of a finding's own locks.
std::vector<std::pair<std::string, int>> NodesOf(const Finding& finding) {
  std::vector<std::pair<std::string, int>> nodes;
  for (int i = 0; i < finding.cycle_length; ++i) {
    nodes.emplace_back(finding.locks[Index(i)].name, finding.locks[Index(i)].subclass);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

class Joiner {
 public:
  Joiner(const Program& program, const OrderPassResult& orders, ScriptExploration explored,
         const SearchOptions& options)
      : program_(program), orders_(orders), explored_(std::move(explored)), options_(options) {
    result_.findings = orders.findings;
    result_.hung.assign(orders.findings.size(), false);
  }

  Joined Run() {
    std::vector<std::size_t> unplaced;
    for (std::size_t i = 0; i < explored_.found.reached.size(); ++i) {
      const Finding& reached = explored_.found.reached[i].finding;
      if (IsHang(reached.kind)) {
        if (!ConfirmFindings(reached, explored_.contexts[i])) unplaced.push_back(i);
      } else if (reached.kind == FindingKind::kLivelock) {
        result_.livelocks.push_back(reached);
      } else {
        Add(reached, false);
      }
    }
    for (const Finding& other : explored_.other_forms) ConfirmOthers(other);
    std::stable_sort(unplaced.begin(), unplaced.end(), [&](std::size_t a, std::size_t b) {
      return explored_.found.reached[a].finding.cycle_length < explored_.found.reached[b].finding.cycle_length;
    });
    for (const std::size_t i : unplaced) AddHang(explored_.found.reached[i].finding);
    AddRunHangs();
    AddRunSelfDeadlocks();
    for (std::size_t i = 0; i < orders_.findings.size(); ++i) {
      if (!result_.hung[i] && HangsWhenItHappens(result_.findings[i].kind)) Settle(result_.findings[i]);
    }
    return std::move(result_);
  }

 private:
  // What was not reached cannot be.
  bool exhausted() const { return explored_.all_hangs; }

  void Add(Finding finding, bool hung) {
    result_.findings.push_back(std::move(finding));
    result_.hung.push_back(hung);
  }

  bool ConfirmFindings(const Finding& hang, const std::vector<StatementContext>& contexts) {
    bool some = false;
    for (std::size_t i = 0; i < result_.findings.size(); ++i) {
      Finding& finding = result_.findings[i];
      if (!HappenedIn(finding, hang)) continue;
      // What may follow a wait for a time, orders do not know.
      const bool spins = std::any_of(hang.edges.begin(), hang.edges.end(),
                                     [](const FindingEdge& edge) { return edge.wanted_kind != Kind::kBlocking; }) ||
                         std::any_of(hang.participants.begin(), hang.participants.end(),
                                     [](const Participant& each) { return each.kind != Kind::kBlocking; });
      if (finding.verdict == Verdict::kFalse && !result_.hung[i] && !spins && Recorded(hang, contexts)) {
        result_.contradictions.push_back("'" + Summary(finding) +
                                         "' was excluded by the orders, but it hangs: " + hang.detail);
      }
      // A nesting is one link of the hang; the cycle is a finding beside it.
      some = some || finding.kind != FindingKind::kRecursive || hang.cycle_length == 1;
      Confirm(finding, hang);
      result_.hung[i] = true;
    }
    return some;
  }

  // Those that only this form of a hang reaches.
  void ConfirmOthers(const Finding& hang) {
    for (std::size_t i = 0; i < result_.findings.size(); ++i) {
      if (result_.hung[i] || !HappenedIn(result_.findings[i], hang)) continue;
      Confirm(result_.findings[i], hang);
      result_.hung[i] = true;
    }
  }

  // Whether the order pass had all that the hang consists of.  Orders do not look below an interrupt; and whether a
  // lock is the same one as before, or has the same class, may depend on the schedule.
  bool Recorded(const Finding& hang, const std::vector<StatementContext>& contexts) const {
    const auto in_interrupt = [](const auto& each) { return each.context != Context::kTask; };
    if (contexts.empty() || ChangesLocks(program_)) return false;
    if (std::any_of(hang.edges.begin(), hang.edges.end(), in_interrupt)) return false;
    if (std::any_of(hang.participants.begin(), hang.participants.end(), in_interrupt)) return false;
    return std::all_of(contexts.begin(), contexts.end(),
                       [&](const StatementContext& context) { return orders_.contexts.contains(context); });
  }

  // One that is no finding of orders.
  void AddHang(Finding hang) {
    if (hang.kind == FindingKind::kSelfDeadlock) return Add(std::move(hang), true);
    const std::string missed = WhyMissedByOrders(program_, hang, orders_);
    if (missed.empty() && hang.cycle_length > 1) {
      if (ShorterIsReal(hang)) return;
      hang.kind = FindingKind::kCircular;
      SetFingerprint(hang);
    } else if (!missed.empty()) {
      hang.detail += "; missed by lock-order analysis: " + missed;
    }
    Add(std::move(hang), true);
  }

  bool ShorterIsReal(const Finding& hang) const {
    const auto nodes = NodesOf(hang);
    for (std::size_t i = 0; i < result_.findings.size(); ++i) {
      if (!result_.hung[i] || result_.findings[i].kind != FindingKind::kCircular) continue;
      const auto shorter = NodesOf(result_.findings[i]);
      if (shorter.size() < nodes.size() && std::includes(nodes.begin(), nodes.end(), shorter.begin(), shorter.end()))
        return true;
    }
    return false;
  }

  // Those of the order pass itself.  A search of everything reaches them, too, unless a try was made
  // to fail that could not: then there is no such hang.
  void AddRunHangs() {
    for (const RunHang& run : orders_.hangs) {
      if (exhausted() && run.forced) continue;
      if (IsKnown(run.finding)) continue;
      if (exhausted()) {
        result_.contradictions.push_back("the order pass hangs where the search of all schedules does not: " +
                                         run.finding.detail);
      }
      if (!run.forced) {
        if (!ConfirmFindings(run.finding, {})) Add(run.finding, true);
        continue;
      }
      Finding hang = run.finding;
      MakeUnknownAsForced(hang);
      hang.missing.push_back(GaveUp());
      Add(std::move(hang), false);
    }
  }

  // A thread that waited for itself where nothing was made to fail needs no search.
  void AddRunSelfDeadlocks() {
    for (std::size_t i = 0; i < result_.findings.size(); ++i) {
      const Finding& finding = result_.findings[i];
      if (result_.hung[i] || finding.kind != FindingKind::kSelfDeadlock || !WasExecuted(orders_, finding)) continue;
      result_.hung[i] = true;
      if (!exhausted()) continue;
      result_.contradictions.push_back(
          "in the order pass a thread waits for itself where the search of all schedules " +
          std::string("has it go on: ") + Summary(finding));
    }
  }

  bool IsKnown(const Finding& hang) const {
    for (std::size_t i = 0; i < result_.findings.size(); ++i) {
      const Finding& finding = result_.findings[i];
      if (result_.hung[i] && (HappenedIn(finding, hang) || NodesOf(finding) == NodesOf(hang))) return true;
    }
    return exhausted() && ShorterIsReal(hang);
  }

  std::string GaveUp() const {
    return "the rest of the search: it gave up because " + explored_.found.statistics.gave_up;
  }

  // --- What was not reached -------------------------------------------------------------------
  void Settle(Finding& finding) {
    // The orders say that it was asked for, which may have been where a try failed that cannot.
    if (finding.kind == FindingKind::kSelfDeadlock && finding.verdict == Verdict::kReal) MakeUnknownAsForced(finding);
    if (!exhausted()) return LeaveOpen(finding);
    const std::string beyond = BeyondSearch(finding);
    if (!beyond.empty()) return AddMissing(finding, beyond);
    const std::vector<int> roles = RolesToFill(finding);
    if (!roles.empty() && !NotReachedBy(finding, roles)) return;
    finding.witness.clear();
    finding.missing.clear();
    finding.strength = Strength::kExhausted;
    if (finding.verdict == Verdict::kFalse) return;
    finding.verdict = Verdict::kFalse;
    AddReasonsOfFalse(program_, options_.explore,
                      "no schedule leads there: " + SearchedText(explored_.found.statistics), finding);
  }

  static void AddMissing(Finding& finding, const std::string& what) {
    if (finding.verdict == Verdict::kUnknown) finding.missing.push_back(what);
  }

  // What orders exclude rests on all that the script can do, and the order pass ran some of it.
  void LeaveOpen(Finding& finding) const {
    ReopenWhereNotRun(program_, orders_, finding);
    AddMissing(finding, GaveUp());
  }

  // Why a search of all schedules says nothing about the finding, or "".
  std::string BeyondSearch(const Finding& finding) const {
    const bool interrupt = std::any_of(finding.edges.begin(), finding.edges.end(),
                                       [](const FindingEdge& edge) { return edge.context != Context::kTask; });
    if (interrupt || IsUsedInInterrupt(finding))
      return "a search in which interrupts come anywhere: this one runs them where the script has them";
    for (int i = 0; i < finding.cycle_length; ++i) {
      const FindingLock& lock = finding.locks[Index(i)];
      if (!MayBeLocal(lock)) continue;
      return "on which cpus the threads run: the search gives each a cpu and a " + lock.name + " of its own";
    }
    return "";
  }

  bool IsUsedInInterrupt(const Finding& finding) const {
    for (const ProgramThread& thread : program_.threads) {
      for (std::size_t op = 0; op < thread.ops.size(); ++op) {
        if (thread.ops[op].code != OpCode::kTake || ContextsAt(thread, static_cast<int>(op)).empty()) continue;
        for (int i = 0; i < finding.cycle_length; ++i) {
          if (IsLock(thread.ops[op].lock, finding.locks[Index(i)])) return true;
        }
      }
    }
    return false;
  }

  // A class may have locks of several types, and the finding stands for all of them.
  bool MayBeLocal(const FindingLock& of) const {
    if (of.type == LockType::kLocal) return true;
    for (std::size_t i = 0; i < program_.locks.size(); ++i) {
      if (program_.locks[i].type == LockType::kLocal && IsLock(static_cast<int>(i), of)) return true;
    }
    return false;
  }

  // Whether it may be this lock: by its name or class.
  bool IsLock(int lock, const FindingLock& of) const {
    const ProgramLock& each = program_.locks[Index(lock)];
    return each.name == of.name ||
           (each.lock_class != kNone && program_.classes[Index(each.lock_class)].name == of.class_name);
  }

  // The declared roles of the finding's threads.
  std::vector<int> RolesToFill(const Finding& finding) const {
    std::vector<int> roles;
    for (std::size_t i = 0; i < program_.roles.size(); ++i) {
      const ProgramRole& role = program_.roles[i];
      const bool takes_part = std::any_of(finding.edges.begin(), finding.edges.end(),
                                          [&](const FindingEdge& edge) { return edge.role == role.name; });
      if (role.declared && takes_part) roles.push_back(static_cast<int>(i));
    }
    return roles;
  }

  // With as many threads of these roles as the cycle has links, each of which may run what any thread
  // of the role runs.  Else the finding is judged.
  bool NotReachedBy(Finding& finding, const std::vector<int>& roles) {
    Program more = program_;
    std::string names;
    const int threads = std::max(finding.cycle_length, 2);
    for (ProgramThread& thread : more.threads) {
      if (std::find(roles.begin(), roles.end(), thread.role) != roles.end())
        thread.count = std::max(thread.count, threads);
    }
    for (const int role : roles) names += (names.empty() ? "" : ", ") + program_.roles[Index(role)].name;
    const std::string needs = std::to_string(threads) + " threads of role " + names;
    const ScriptExploration& found = ExploreWith(more);
    std::vector<Finding> hangs;
    for (const Reached& reached : found.found.reached) hangs.push_back(reached.finding);
    hangs.insert(hangs.end(), found.other_forms.begin(), found.other_forms.end());
    for (const Finding& hang : hangs) {
      if (!HappenedIn(finding, hang)) continue;
      Confirm(finding, hang);
      finding.verdict = Verdict::kPredicted;
      finding.strength = Strength::kExhausted;
      finding.schedule.clear();
      finding.detail += "; it needs " + needs;
      return false;
    }
    if (found.found.statistics.exhausted) return true;
    AddMissing(finding,
               "the rest of the search with " + needs + ": it gave up because " + found.found.statistics.gave_up);
    return false;
  }

  const ScriptExploration& ExploreWith(const Program& program) {
    std::vector<int> counts;
    for (const ProgramThread& thread : program.threads) counts.push_back(thread.count);
    const auto [it, is_new] = with_more_.try_emplace(std::move(counts));
    if (is_new) it->second = ExploreScript(program, options_);
    return it->second;
  }

  const Program& program_;
  const OrderPassResult& orders_;
  const ScriptExploration explored_;
  const SearchOptions& options_;
  std::map<std::vector<int>, ScriptExploration> with_more_;  // by the counts of the threads
  Joined result_;
};

}  // namespace

Joined Join(const Program& program, const OrderPassResult& orders, ScriptExploration explored,
            const SearchOptions& options) {
  return Joiner(program, orders, std::move(explored), options).Run();
}

}  // namespace lockdep::workloads
