#include "lockdep/bounded_search.h"

#include <algorithm>
#include <bit>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/discoveries.h"
#include "lockdep/local_hang.h"
#include "lockdep/search_limits.h"
#include "lockdep/switch_search.h"
#include "lockdep/transitions.h"

namespace lockdep {
namespace {

using Slots = std::uint64_t;

constexpr Slots Bit(int slot) { return Slots{1} << slot; }

Slots EnabledIn(const StepBuffer& steps) {
  Slots enabled = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) enabled |= Bit(steps.step(i).slot);
  return enabled;
}

// What both searches look for in a state.
class Looker {
 public:
  Looker(const PackedProgram& program, Transitions& transitions, const SearchOptions& options)
      : transitions_(transitions),
        local_hangs_(program, transitions),
        found_(program, transitions, options),
        serves_(program.has_endless) {}

  void Look(const Word* state, const StepBuffer& steps, const Discoveries::MakePath& path) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps.step(i).failed) found_.NoteFailure(steps.step(i), path);
    }
    if (found_.watches_races()) found_.NoteRaces(state, path);
    const Slots enabled = EnabledIn(steps);
    if (enabled != 0 && !(serves_ && OnlyServe(state, enabled))) return;
    const StuckSlots stuck = enabled == 0 ? found_.StuckIn(state) : StuckBeside(state, enabled);
    if (!stuck.empty()) found_.NoteHang(stuck, 1, path);
  }

  Discoveries& found() { return found_; }

 private:
  // Whether all that can go on are in endless loops of their own.
  bool OnlyServe(const Word* state, Slots enabled) const {
    for (; enabled != 0; enabled &= enabled - 1) {
      if (transitions_.ActionOf(state, std::countr_zero(enabled)).endless < 0) return false;
    }
    return true;
  }

  StuckSlots StuckBeside(const Word* state, Slots enabled) {
    const Slots stuck = local_hangs_.Stuck(state, enabled);
    return stuck == 0 ? StuckSlots{} : found_.StuckIn(state, stuck);
  }

  Transitions& transitions_;
  LocalHangs local_hangs_;
  Discoveries found_;
  const bool serves_;
};

SearchResult Finish(Looker& looker, SearchLimits& limits, const std::string& only) {
  SearchResult& result = looker.found().result();
  result.statistics.time = limits.time();
  result.statistics.gave_up = limits.reached() ? limits.why() : only;
  return std::move(result);
}

// --- Random schedules -----------------------------------------------------------------------------

class RandomRuns {
 public:
  RandomRuns(const PackedProgram& program, const SearchOptions& options)
      : explore_(options.explore),
        program_(program),
        transitions_(program, Transitions::WakeUps::kAtOnce),
        looker_(program, transitions_, options),
        limits_(options.explore),
        steps_(program.words),
        random_(options.explore.seed) {}

  SearchResult Run() {
    std::uint64_t& runs = looker_.found().result().statistics.executions;
    while (runs < explore_.random_runs && !limits_.reached()) {
      RunOnce();
      ++runs;
    }
    return Finish(looker_, limits_, "only " + std::to_string(runs) + " random schedules were followed");
  }

 private:
  std::uint64_t Below(std::uint64_t n) { return random_() % n; }

  void RunOnce() {
    StartPriorities();
    std::vector<Word> state = transitions_.Initial();
    ProgramPath path;
    while (path.size() < explore_.steps_max && !limits_.reached()) {
      steps_.Clear();
      transitions_.Of(state.data(), steps_);
      if (!transitions_.gave_up().empty()) return limits_.End(transitions_.gave_up());
      looker_.Look(state.data(), steps_, [&] { return path; });
      if (looker_.found().stopped()) limits_.End("what was found ended the search");
      if (steps_.size() == 0) break;
      const std::size_t chosen = Choose(path.size());
      const bool stays = std::equal(state.begin(), state.end(), steps_.state(chosen));
      if (stays) Demote(steps_.step(chosen).slot);
      path.push_back(steps_.step(chosen));
      state.assign(steps_.state(chosen), steps_.state(chosen) + program_.words);
      Count();
    }
    longest_ = std::max<std::uint64_t>(longest_, path.size());
  }

  void Count() {
    ExploreStatistics& statistics = looker_.found().result().statistics;
    ++statistics.transitions;
    limits_.Pass([&] { return ExploreProgress{0, 0, statistics.executions, 0}; }, [] { return std::uint64_t{0}; });
  }

  // Index of the transition to do.
  std::size_t Choose(std::uint64_t step) {
    std::vector<std::size_t> possible;
    const int slot = explore_.pct_depth > 0 ? HighestPriority(step) : AnySlot();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_.step(i).slot == slot) possible.push_back(i);
    }
    return possible[Below(possible.size())];
  }

  int AnySlot() {
    Slots enabled = EnabledIn(steps_);
    for (std::uint64_t skip = Below(static_cast<std::uint64_t>(std::popcount(enabled))); skip > 0; --skip) {
      enabled &= enabled - 1;
    }
    return std::countr_zero(enabled);
  }

  // --- Priorities ---------------------------------------------------------------------------------

  void StartPriorities() {
    priority_.resize(program_.slots.size());
    for (std::size_t i = 0; i < priority_.size(); ++i) priority_[i] = static_cast<std::int64_t>(i) + 1;
    for (std::size_t i = priority_.size(); i > 1; --i) std::swap(priority_[i - 1], priority_[Below(i)]);
    lowest_ = 0;
    change_at_.clear();
    for (int i = 0; i < explore_.pct_depth; ++i) change_at_.push_back(Below(longest_));
  }

  int HighestPriority(std::uint64_t step) {
    if (std::find(change_at_.begin(), change_at_.end(), step) != change_at_.end()) Demote(Highest());
    return Highest();
  }

  int Highest() const {
    int highest = -1;
    for (Slots enabled = EnabledIn(steps_); enabled != 0; enabled &= enabled - 1) {
      const int slot = std::countr_zero(enabled);
      if (highest < 0 || PriorityOf(slot) > PriorityOf(highest)) highest = slot;
    }
    return highest;
  }

  std::int64_t PriorityOf(int slot) const { return priority_[static_cast<std::size_t>(slot)]; }
  void Demote(int slot) { priority_[static_cast<std::size_t>(slot)] = --lowest_; }

  const ExploreOptions& explore_;
  const PackedProgram& program_;
  Transitions transitions_;
  Looker looker_;
  SearchLimits limits_;
  StepBuffer steps_;
  std::mt19937_64 random_;
  std::uint64_t longest_ = 16;          // of the runs so far, in steps
  std::vector<std::int64_t> priority_;  // by slot
  std::int64_t lowest_ = 0;
  std::vector<std::uint64_t> change_at_;  // steps at which the one that would go on is put last
};

}  // namespace

SearchResult SearchWithPreemptions(const PackedProgram& program, const SearchOptions& options) {
  Transitions transitions(program, Transitions::WakeUps::kAtOnce);
  Looker looker(program, transitions, options);
  SearchLimits limits(options.explore);
  SwitchSearch search(program, transitions, SwitchSearch::Counts::kPreemptions);
  SearchResult& result = looker.found().result();
  search.Run(options.explore.preemptions, [&](const SwitchSearch::Visit& visit) {
    if (!transitions.gave_up().empty()) limits.End(transitions.gave_up());
    looker.Look(visit.state, visit.steps, [&] { return search.PathTo(visit.node); });
    if (looker.found().stopped()) limits.End("what was found ended the search");
    result.statistics.transitions += visit.steps.size();
    limits.CheckStates(search.nodes());
    limits.Pass(
        [&] {
          return ExploreProgress{search.nodes(), search.waiting(), 0, 0};
        },
        [&] { return search.memory_bytes(); });
    return !limits.reached();
  });
  result.statistics.states = search.nodes();
  result.statistics.memory_bytes = search.memory_bytes();
  return Finish(
      looker, limits,
      "only schedules with at most " + std::to_string(options.explore.preemptions) + " preemptions were followed");
}

SearchResult SearchAtRandom(const PackedProgram& program, const SearchOptions& options) {
  return RandomRuns(program, options).Run();
}

}  // namespace lockdep
