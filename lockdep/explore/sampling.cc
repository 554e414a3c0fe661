#include "lockdep/explore/sampling.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace lockdep::explore {
namespace {

// A sleeper that wakes up by itself is rare.
constexpr std::uint64_t kSpuriousOneIn = 16;

class Sampler {
 public:
  Sampler(Execution& execution, const SearchSettings& settings)
      : execution_(execution), settings_(settings), limits_(settings_.options), random_(settings_.options.seed) {}

  SearchResult Run() {
    for (std::uint64_t i = 0; i < settings_.options.random_runs && !stopped_; ++i) RunOnce();
    for (auto& [key, found] : found_) result_.found.push_back(std::move(found));
    ExploreStatistics& statistics = result_.statistics;
    statistics.states = states_.size();
    statistics.declared = execution_.declared();
    if (gave_up_.empty()) gave_up_ = "only " + std::to_string(statistics.executions) + " random schedules were run";
    statistics.gave_up = gave_up_;
    statistics.memory_bytes = states_.capacity() * (sizeof(Digest) + 1);
    statistics.time = limits_.time();
    return std::move(result_);
  }

 private:
  std::uint64_t Below(std::uint64_t count) { return random_() % count; }

  void RunOnce() {
    ++result_.statistics.executions;
    execution_.Begin();
    schedule_.clear();
    DrawPriorities();
    while (!execution_.problem() && !stopped_ && TakeStep()) {
    }
    longest_ = std::max<std::uint64_t>(longest_, schedule_.size());
    if (execution_.problem()) {
      NoteProblem(*execution_.problem());
    } else {
      execution_.WindUp(1'000 + 8 * schedule_.size());
    }
  }

  bool TakeStep() {
    choices_.clear();
    execution_.AppendChoices(choices_);
    const bool goes_on = std::any_of(choices_.begin(), choices_.end(),
                                     [](const Choice& choice) { return choice.outcome != Outcome::kSpurious; });
    if (!goes_on) {
      if (!execution_.AtGoal()) NoteHang();
      return false;
    }
    if (schedule_.size() >= settings_.options.steps_max) {
      gave_up_ = "a schedule of " + std::to_string(schedule_.size()) + " steps was cut off";
      return false;
    }
    if (execution_.AtGoal()) return false;  // all that is left goes round for ever
    if (Below(kSpuriousOneIn) != 0) {
      std::erase_if(choices_, [](const Choice& choice) { return choice.outcome == Outcome::kSpurious; });
    }
    if (settings_.options.pct_depth > 0) KeepFirst();
    const Choice choice = choices_[Below(choices_.size())];
    schedule_.push_back(execution_.StepOf(choice));
    execution_.Do(choice);
    ++result_.statistics.transitions;
    states_.insert(execution_.state());
    for (const Race& race : execution_.TakeRaces()) Note({2, race.object->uid}, Found::What::kRace);
    if (!limits_.GoOn(states_.size(), 0, result_.statistics.executions)) {
      gave_up_ = limits_.gave_up();
      stopped_ = true;
    }
    return true;
  }

  // --- Priorities --------------------------------------------------------------------------------------------

  void DrawPriorities() {
    priorities_.clear();
    change_points_.clear();
    lowest_ = 0;
    for (int i = 1; i < settings_.options.pct_depth; ++i) change_points_.push_back(Below(longest_ + 1));
  }

  std::int64_t& PriorityOf(Runner runner) {
    while (priorities_.size() <= runner) priorities_.push_back(1 + static_cast<std::int64_t>(random_() >> 2));
    return priorities_[runner];
  }

  // Leaves the choices of the thread that goes first.
  void KeepFirst() {
    const auto first = [&] {
      return std::max_element(
                 choices_.begin(), choices_.end(),
                 [&](const Choice& x, const Choice& y) { return PriorityOf(x.runner) < PriorityOf(y.runner); })
          ->runner;
    };
    Runner runner = first();
    const Code code = execution_.thread(runner).pending.code;
    const bool falls_behind =
        std::find(change_points_.begin(), change_points_.end(), schedule_.size()) != change_points_.end();
    // Who offers to wait would otherwise go round for ever.
    if (falls_behind || code == Code::kYield || code == Code::kRestart || code == Code::kBoundary) {
      PriorityOf(runner) = --lowest_;
      runner = first();
    }
    std::erase_if(choices_, [&](const Choice& choice) { return choice.runner != runner; });
  }

  // --- What is met -------------------------------------------------------------------------------------------

  static std::size_t SwitchesOf(const Schedule& schedule) {
    std::size_t switches = 0;
    for (std::size_t i = 1; i < schedule.size(); ++i) switches += schedule[i].thread != schedule[i - 1].thread ? 1 : 0;
    return switches;
  }

  void Note(std::vector<std::uint64_t> key, Found::What what) {
    const auto [it, is_new] = found_.try_emplace(std::move(key));
    if (!is_new && SwitchesOf(it->second.schedule) <= SwitchesOf(schedule_)) return;
    it->second = {what, schedule_, 0, false};
  }

  void NoteHang() {
    ++result_.statistics.hang_states;
    std::vector<std::uint64_t> key;
    for (std::size_t i = 0; i < execution_.thread_count(); ++i) {
      const SimulatedThread& thread = execution_.thread(i);
      if (!execution_.Rests(thread)) key.push_back(execution_.vocabulary().Id(execution_.PendingStep(thread)));
    }
    key.insert(key.begin(), 0);
    if (settings_.on_hang) settings_.on_hang(execution_);
    Note(std::move(key), Found::What::kHang);
  }

  void NoteProblem(const Problem& problem) {
    if (!problem.kind) {
      result_.errors.push_back(problem.text);
      stopped_ = true;
      return;
    }
    const std::uint64_t text = std::hash<std::string>()(problem.text);
    Note({1, static_cast<std::uint64_t>(*problem.kind), text, problem.thread, problem.object}, Found::What::kProblem);
  }

  Execution& execution_;
  const SearchSettings& settings_;
  Limits limits_;
  std::mt19937_64 random_;
  SearchResult result_;
  Schedule schedule_;
  std::vector<Choice> choices_;
  std::vector<std::int64_t> priorities_;  // by runner
  std::vector<std::uint64_t> change_points_;
  std::int64_t lowest_ = 0;
  std::uint64_t longest_ = 32;  // schedule so far
  absl::flat_hash_set<Digest> states_;
  std::map<std::vector<std::uint64_t>, Found> found_;
  bool stopped_ = false;
  std::string gave_up_;
};

}  // namespace

SearchResult Sample(Execution& execution, const SearchSettings& settings) { return Sampler(execution, settings).Run(); }

}  // namespace lockdep::explore
