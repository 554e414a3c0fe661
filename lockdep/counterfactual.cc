#include "lockdep/counterfactual.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "lockdep/protections.h"

namespace lockdep {
namespace {

using Clock = std::chrono::steady_clock;
using Code = LockProgram::Code;
using Op = LockProgram::Op;
using What = Removal::What;
using Removals = std::vector<Removal>;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::size_t kSetMax = 3;

// --- Words ------------------------------------------------------------------------------------------

// Says what was taken away, from the state in which the cycle hangs without it.
class ProtectionWords {
 public:
  ProtectionWords(const LockProgram& program, const CycleTarget& target, const Altered& altered,
                  const CycleReach& reach)
      : program_(program), target_(target), altered_(altered), reach_(reach) {}

  // A gate that is only tried is two.
  std::vector<Protection> Of(const Removal& removal) const {
    switch (removal.what) {
      case What::kLock: return OfLock(removal.number);
      case What::kTry:
        return {{ReasonKind::kTrylockBackoff, {removal.number}, Tries(removal.number) + ": it does not wait for it"}};
      case What::kTimed:
        return {{ReasonKind::kTimed, {removal.number}, Lock(removal.number) + " is waited for only for a time"}};
      case What::kNoWriter: return {OfReaders(removal.number)};
      case What::kRecursive:
        return {{ReasonKind::kRecursiveRead,
                 {removal.number},
                 "a recursive reader of " + Lock(removal.number) + " waits neither for readers nor behind writers"}};
      case What::kInstances:
        return {{ReasonKind::kClassAliasing,
                 {removal.number, removal.other},
                 "one side holds " + Lock(removal.number) + ", the other wants " + Lock(removal.other) +
                     ", which is another instance"}};
      case What::kStart:
        return {{ReasonKind::kCreateJoinOrder, {}, Thread(removal.number) + " is started only after the other side"}};
      case What::kJoin:
        return {{ReasonKind::kCreateJoinOrder,
                 {},
                 "the other side begins only after the end of " + Thread(removal.number)}};
      case What::kVariable:
        return {{ReasonKind::kForcedOrder,
                 {},
                 "the variable " + program_.variables[Index(removal.number)].name + " keeps the sides apart"}};
      case What::kCompletion:
      case What::kCondition:
        return {{ReasonKind::kForcedOrder, {}, "one side waits for an event that the other side gives only later"}};
      case What::kOneThread:
        return {{ReasonKind::kSameThread, {}, "there is only one thread " + Thread(removal.number)}};
    }
    return {};
  }

 private:
  using Hold = RunnerState::Hold;

  Wording Lock(int lock) const { return {program_.locks[Index(lock)].name, program_.locks[Index(lock)].id}; }
  std::string Thread(int thread) const { return "'" + altered_.program.threads[Index(thread)].name + "'"; }
  std::string Name(int runner) const {
    const RunnerName& name = reach_.at_end[Index(runner)].name;
    return Thread(name.thread);
  }

  bool IsOfCycle(int runner) const {
    return std::find(reach_.runners.begin(), reach_.runners.end(), runner) != reach_.runners.end();
  }
  const Hold* HoldOf(int runner, int lock) const {
    const Hold* found = nullptr;
    for (const Hold& hold : reach_.at_end[Index(runner)].holds) {
      // A gate that is held twice counts as held exclusively, if it once is.
      if (hold.lock == lock && (found == nullptr || hold.mode == Mode::kExclusive)) found = &hold;
    }
    return found;
  }
  const Op& OpOf(const Hold& hold, int runner) const {
    return altered_.program.threads[Index(reach_.at_end[Index(runner)].name.thread)].ops[Index(hold.op)];
  }

  Wording Tries(int lock) const {
    for (const LockProgram::Thread& thread : program_.threads) {
      for (const Op& op : thread.ops) {
        if (op.code == Code::kTake && op.lock == lock && op.kind == Kind::kTrylock)
          return "'" + thread.name + "' only tries " + Lock(lock);
      }
    }
    return Lock(lock) + " is only tried";
  }

  std::vector<Protection> OfLock(int gate) const {
    const auto both = Keepers(gate);
    if (!both) {
      return {{ReasonKind::kCannotRunConcurrently,
               {gate},
               "the sections under " + Lock(gate) + " bring the sides into an order in which they do not meet"}};
    }
    const auto [first, second] = *both;
    const auto how = [&](int runner) {
      const Hold& hold = *HoldOf(runner, gate);
      return std::string(ToString(hold.mode)) + (OpOf(hold, runner).kind == Kind::kTrylock ? " by trylock" : "");
    };
    if (!IsOfCycle(second)) {
      return {{ReasonKind::kInheritedGate,
               {gate},
               Name(second) + " holds " + Lock(gate) + " " + how(second) + " until the end of a thread of the cycle, " +
                   Name(first) + " holds it " + how(first) +
                   (IsOfCycle(first) ? " when it waits" : " until the end of another one")}};
    }
    std::vector<Protection> result{{ReasonKind::kExclusiveGate,
                                    {gate},
                                    Name(first) + " holds " + Lock(gate) + " " + how(first) + " when it waits, " +
                                        Name(second) + " holds it " + how(second) + ": they cannot both"}};
    if (IsTriedInside(gate)) {
      result.push_back({ReasonKind::kTrylockBackoff,
                        {gate},
                        Tries(gate) + "; a blocking call there would close a cycle through " + Lock(gate)});
    }
    return result;
  }

  // Two runners that hold the gate in conflicting modes while the cycle waits, each for a side of its own: by being
  // it, or by waiting for its end.  Sides themselves come first.
  std::optional<std::pair<int, int>> Keepers(int gate) const {
    const int count = static_cast<int>(reach_.at_end.size());
    for (const std::size_t outside : {0, 1, 2}) {
      for (int first = 0; first < count; ++first) {
        for (int second = 0; second < count; ++second) {
          const bool ordered = IsOfCycle(first) != IsOfCycle(second) ? IsOfCycle(first) : first < second;
          const std::size_t others = (IsOfCycle(first) ? 0U : 1U) + (IsOfCycle(second) ? 0U : 1U);
          if (!ordered || others != outside || !Conflict(first, second, gate)) continue;
          if (KeepTwoSides(first, second)) return std::make_pair(first, second);
        }
      }
    }
    return std::nullopt;
  }

  bool Conflict(int first, int second, int lock) const {
    const Hold* a = HoldOf(first, lock);
    const Hold* b = HoldOf(second, lock);
    return a != nullptr && b != nullptr && (a->mode == Mode::kExclusive || b->mode == Mode::kExclusive);
  }

  bool KeepTwoSides(int first, int second) const {
    const std::set<int> a = SidesBehind(first);
    const std::set<int> b = SidesBehind(second);
    return !a.empty() && !b.empty() && (a.size() > 1 || a != b);
  }

  // The runners of the cycle for whose end the runner waits, directly or through others; itself, if it is one.
  std::set<int> SidesBehind(int runner) const {
    std::set<int> sides;
    std::set<int> seen = {runner};
    for (std::vector<int> work = {runner}; !work.empty();) {
      const int now = work.back();
      work.pop_back();
      if (IsOfCycle(now)) sides.insert(now);
      const RunnerState& state = reach_.at_end[Index(now)];
      if (state.ended) continue;
      const Op& op = altered_.program.threads[Index(state.name.thread)].ops[Index(state.op)];
      if (op.code != Code::kJoin) continue;
      for (int other = 0; other < static_cast<int>(reach_.at_end.size()); ++other) {
        if (reach_.at_end[Index(other)].name.thread == op.number && seen.insert(other).second) work.push_back(other);
      }
    }
    return sides;
  }

  // A side got the gate by a try while it held its lock, and who wants that lock holds the gate.
  bool IsTriedInside(int gate) const {
    for (std::size_t i = 0; i < target_.links.size(); ++i) {
      const std::size_t next = (i + 1) % target_.links.size();
      const int runner = reach_.runners[next];
      const std::vector<Hold>& holds = reach_.at_end[Index(runner)].holds;
      const Hold* tried = HoldOf(runner, gate);
      if (tried == nullptr || OpOf(*tried, runner).kind != Kind::kTrylock) continue;
      const bool inside = std::any_of(holds.data(), tried,
                                      [&](const Hold& hold) { return hold.lock == altered_.target.links[next].held; });
      if (inside && HoldOf(reach_.runners[i], gate) != nullptr) return true;
    }
    return false;
  }

  Protection OfReaders(int lock) const {
    const bool written = std::any_of(program_.threads.begin(), program_.threads.end(), [&](const auto& thread) {
      return std::any_of(thread.ops.begin(), thread.ops.end(), [&](const Op& op) {
        return op.code == Code::kTake && op.lock == lock && op.mode == Mode::kExclusive && op.kind != Kind::kTrylock;
      });
    });
    if (written) {
      return {ReasonKind::kReadRead, {lock}, "no writer of " + Lock(lock) + " can queue between its two readers"};
    }
    return {ReasonKind::kNoWriter,
            {lock},
            Lock(lock) +
                " is held and wanted for reading; a reader waits for a reader only behind a waiting writer, "
                "and there is none"};
  }

  const LockProgram& program_;
  const CycleTarget& target_;
  const Altered& altered_;
  const CycleReach& reach_;
};

// --- Sets -------------------------------------------------------------------------------------------

class Explainer {
 public:
  Explainer(const LockProgram& program, const CycleTarget& target, const ExploreOptions& options)
      : program_(program), target_(target), options_(options), start_(Clock::now()) {}

  Explanation Run() {
    candidates_ = RemovalsOf(program_, target_);
    for (std::size_t size = 1; size <= kSetMax && result_.gave_up.empty(); ++size) {
      Removals chosen;
      Choose(0, size, chosen);
    }
    result_.complete = result_.gave_up.empty();
    DropMechanisms();
    return std::move(result_);
  }

 private:
  void Choose(std::size_t from, std::size_t size, Removals& chosen) {
    if (!result_.gave_up.empty()) return;
    if (chosen.size() == size) {
      Try(chosen);
      return;
    }
    for (std::size_t i = from; i < candidates_.size(); ++i) {
      chosen.push_back(candidates_[i]);
      Choose(i + 1, size, chosen);
      chosen.pop_back();
    }
  }

  void Try(const Removals& chosen) {
    const bool holds_smaller = std::any_of(found_.begin(), found_.end(), [&](const Removals& smaller) {
      return std::includes(chosen.begin(), chosen.end(), smaller.begin(), smaller.end());
    });
    const std::optional<ExploreOptions> left = Left();
    if (holds_smaller || !left) return;
    const Altered altered = Without(program_, target_, chosen);
    const CycleReach reach = ReachesCycleWithout(altered.program, altered.absent, altered.target, *left);
    result_.states += reach.statistics.states;
    if (reach.reach == Reach::kGaveUp) result_.gave_up = reach.gave_up;
    if (reach.reach != Reach::kReached || !UsesTwins(chosen, reach)) return;
    found_.push_back(chosen);
    const ProtectionWords wording(program_, target_, altered, reach);
    std::vector<Protection>& set = result_.sets.emplace_back();
    for (const Removal& removal : chosen) {
      for (Protection& protection : wording.Of(removal)) set.push_back(std::move(protection));
    }
    if (chosen.size() > 1) {
      for (Protection& protection : set) protection.evidence += "; this alone, or one of the others, is enough";
    }
  }

  // A second thread of a kind explains something only where both are of the cycle.
  static bool UsesTwins(const Removals& chosen, const CycleReach& reach) {
    return std::all_of(chosen.begin(), chosen.end(), [&](const Removal& removal) {
      if (removal.what != What::kOneThread) return true;
      const auto twins = std::count_if(reach.runners.begin(), reach.runners.end(), [&](int runner) {
        return reach.at_end[Index(runner)].name.thread == removal.number;
      });
      return twins > 1;
    });
  }

  // What is left of the limits for all searches together.
  std::optional<ExploreOptions> Left() {
    ExploreOptions left = options_;
    left.states_max -= std::min(left.states_max, result_.states);
    if (left.states_max == 0) {
      result_.gave_up = "the limit of " + std::to_string(options_.states_max) + " states was reached";
      return std::nullopt;
    }
    if (options_.time_max.count() > 0) {
      left.time_max -= std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
      if (left.time_max.count() <= 0) {
        result_.gave_up = "the time of " + std::to_string(options_.time_max.count()) + " ms was over";
        return std::nullopt;
      }
    }
    return left;
  }

  // Where a thread waits for the end of another one while it holds a gate, the start and the join are what
  // makes that gate one.
  void DropMechanisms() {
    const auto is = [](const std::vector<Protection>& set, ReasonKind kind) {
      return std::all_of(set.begin(), set.end(), [kind](const Protection& each) { return each.kind == kind; });
    };
    const bool inherited = std::any_of(result_.sets.begin(), result_.sets.end(),
                                       [&](const auto& set) { return is(set, ReasonKind::kInheritedGate); });
    if (!inherited) return;
    std::erase_if(result_.sets, [&](const auto& set) { return is(set, ReasonKind::kCreateJoinOrder); });
  }

  const LockProgram& program_;
  const CycleTarget& target_;
  const ExploreOptions& options_;
  const Clock::time_point start_;
  Removals candidates_;
  std::vector<Removals> found_;
  Explanation result_;
};

}  // namespace

Explanation ExplainByRemoval(const LockProgram& program, const CycleTarget& target, const ExploreOptions& options) {
  return Explainer(program, target, options).Run();
}

std::vector<Reason> ReasonsOf(const Explanation& explanation, const std::vector<int>& lock_index,
                              const std::string& otherwise) {
  std::vector<Reason> reasons;
  std::set<std::pair<ReasonKind, std::vector<int>>> seen;
  for (const std::vector<Protection>& set : explanation.sets) {
    for (const Protection& protection : set) {
      Reason reason{protection.kind, {}, protection.evidence};
      for (const int lock : protection.locks) {
        if (lock_index[Index(lock)] >= 0) reason.locks.push_back(lock_index[Index(lock)]);
      }
      if (seen.insert({reason.kind, reason.locks}).second) reasons.push_back(std::move(reason));
    }
  }
  if (reasons.empty()) reasons.push_back({ReasonKind::kCannotRunConcurrently, {}, otherwise});
  std::stable_sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) { return a.kind < b.kind; });
  return reasons;
}

}  // namespace lockdep
