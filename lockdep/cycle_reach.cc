#include "lockdep/cycle_reach.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lockdep/hold_split.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::size_t kHangsMax = 100'000;

// What a thread waits for: a lock, in a mode.
struct Wanted {
  int lock = 0;
  Mode mode = Mode::kExclusive;
};

class Matcher {
 public:
  Matcher(const SplitProgram& split, const std::vector<bool>& absent, const CycleTarget& target)
      : split_(split), absent_(absent), target_(target) {}

  // Who waits by each link after this schedule; none if not all links do.
  std::optional<std::vector<int>> Match(const ProgramHang& hang) {
    state_ = Replay(split_.program, hang.schedule);
    if (state_.diverged) return std::nullopt;
    stuck_.assign(state_.runners.size(), false);
    for (const int runner : hang.stuck) stuck_[Index(runner)] = true;
    for (RunnerState& runner : state_.runners) AddAbsentHolds(runner);
    chosen_.clear();
    if (!Choose()) return std::nullopt;
    return chosen_;
  }

  // Of the last match.
  std::vector<RunnerState>& runners() { return state_.runners; }

 private:
  const SplitProgram::Place& PlaceOf(const RunnerState& runner) const {
    return split_.places[Index(runner.name.thread)][Index(runner.op)];
  }

  bool IsAbsent(int lock) const { return Index(lock) < absent_.size() && absent_[Index(lock)]; }

  // Among the others, by age.
  void AddAbsentHolds(RunnerState& runner) const {
    std::vector<RunnerState::Hold> all;
    for (const SplitHold& hold : PlaceOf(runner).holds) {
      if (IsAbsent(hold.lock)) {
        all.push_back({hold.lock, hold.mode, hold.op, -1});
        continue;
      }
      const auto real = std::find_if(runner.holds.begin(), runner.holds.end(), [&](const RunnerState::Hold& each) {
        return each.lock == hold.lock && each.mode == hold.mode;
      });
      if (real == runner.holds.end()) continue;  // another thread has ended it, or the thread sleeps without it
      all.push_back(*real);
      runner.holds.erase(real);
    }
    runner.holds = std::move(all);
  }

  const Op& OpOf(const RunnerState& runner) const {
    return split_.program.threads[Index(runner.name.thread)].ops[Index(runner.op)];
  }

  std::optional<Wanted> WantedBy(const RunnerState& runner) const {
    const Op& op = OpOf(runner);
    if (runner.ended || !runner.waits || runner.asleep) return std::nullopt;
    switch (op.code) {
      case Code::kTake: return Wanted{op.lock, op.mode};
      case Code::kSync: return Wanted{op.lock, Mode::kExclusive};
      case Code::kWait:  // woken, it takes its lock again as it held it
        for (const SplitHold& hold : PlaceOf(runner).holds) {
          if (hold.lock == op.lock) return Wanted{op.lock, hold.mode};
        }
        return Wanted{op.lock, Mode::kExclusive};
      default: return std::nullopt;
    }
  }

  bool Fits(int runner, const CycleTarget::Link& link) const {
    const RunnerState& state = state_.runners[Index(runner)];
    if (!stuck_[Index(runner)]) return false;
    if (link.thread != LockProgram::kNone && link.thread != state.name.thread) return false;
    const std::optional<Wanted> wanted = WantedBy(state);
    if (!wanted || wanted->lock != link.wanted || IsShared(wanted->mode) != IsShared(link.wanted_mode)) return false;
    return std::any_of(state.holds.begin(), state.holds.end(), [&](const RunnerState::Hold& hold) {
      return hold.lock == link.held && IsShared(hold.mode) == IsShared(link.held_mode);
    });
  }

  // The holder of a link's wanted lock is in the way, or a writer that waits for it is: otherwise the
  // thread would not wait.
  bool Choose() {
    if (chosen_.size() == target_.links.size()) return true;
    for (int runner = 0; runner < static_cast<int>(state_.runners.size()); ++runner) {
      const bool taken = std::find(chosen_.begin(), chosen_.end(), runner) != chosen_.end();
      if (taken || !Fits(runner, target_.links[chosen_.size()])) continue;
      chosen_.push_back(runner);
      if (Choose()) return true;
      chosen_.pop_back();
    }
    return false;
  }

  const SplitProgram& split_;
  const std::vector<bool>& absent_;
  const CycleTarget& target_;
  ReplayResult state_;
  std::vector<bool> stuck_;
  std::vector<int> chosen_;
};

bool IsClosed(const CycleTarget& target) {
  for (std::size_t i = 0; i < target.links.size(); ++i) {
    if (target.links[i].wanted != target.links[(i + 1) % target.links.size()].held) return false;
  }
  return !target.links.empty();
}

// Operations of the split program become those of the original.  A wait without its lock is several.
void UseOriginalOps(const SplitProgram& split, CycleReach& found) {
  for (ProgramStep& step : found.schedule) {
    step.op = split.places[Index(step.runner.thread)][Index(step.op)].op;
  }
  for (RunnerState& runner : found.at_end) {
    const auto& places = split.places[Index(runner.name.thread)];
    for (RunnerState::Hold& hold : runner.holds) {
      if (hold.step >= 0) hold.op = places[Index(hold.op)].op;
    }
    runner.op = places[Index(runner.op)].op;
  }
}

}  // namespace

CycleReach ReachesCycle(const LockProgram& program, const CycleTarget& target, const ExploreOptions& options) {
  return ReachesCycleWithout(program, {}, target, options);
}

CycleReach ReachesCycleWithout(const LockProgram& program, const std::vector<bool>& absent, const CycleTarget& target,
                               const ExploreOptions& options) {
  CycleReach result;
  if (!IsClosed(target)) {
    result.reach = Reach::kUnreachable;
    return result;
  }
  const SplitProgram split = SplitByHolds(program, absent);
  if (split.gave_up) {
    result.gave_up = "a thread has too many operations";
    return result;
  }
  Matcher matcher(split, absent, target);
  SearchOptions search;
  search.explore = options;
  search.hangs_max = kHangsMax;
  search.stop = [&](const ProgramHang& hang) {
    const std::optional<std::vector<int>> runners = matcher.Match(hang);
    if (!runners) return false;
    result.reach = Reach::kReached;
    result.runners = *runners;
    result.schedule = hang.schedule;
    result.at_end = std::move(matcher.runners());
    return true;
  };
  const SearchResult found = SearchSchedules(split.program, search);
  result.statistics = found.statistics;
  if (result.reach == Reach::kReached) {
    UseOriginalOps(split, result);
  } else if (!found.statistics.exhausted) {
    result.gave_up = found.statistics.gave_up;
  } else if (found.hangs.size() >= kHangsMax) {
    result.gave_up = "there are more than " + std::to_string(kHangsMax) + " ways to hang";
  } else {
    result.reach = Reach::kUnreachable;
  }
  return result;
}

}  // namespace lockdep
