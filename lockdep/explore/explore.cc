#include "lockdep/explore/explore.h"

#include <errno.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "lockdep/explore/execution.h"
#include "lockdep/explore/report.h"
#include "lockdep/explore/sampling.h"
#include "lockdep/explore/schedule_text.h"
#include "lockdep/explore/search.h"
#include "lockdep/explore/validator_feed.h"
#include "lockdep/explore/watchdog.h"

namespace lockdep::explore {
namespace {

// One exploration of one body.
class Explorer {
 public:
  // `every_step`: see ExecutionSettings.
  Explorer(const std::function<void()>& body, const ExploreOptions& options, const FiberOptions& fibers,
           bool every_step)
      : source_(fibers.source.empty() ? program_invocation_short_name : fibers.source),
        execution_(body, vocabulary_, SettingsOf(fibers, every_step)),
        watchdog_(execution_, fibers.watchdog) {
    settings_.options = options;
    settings_.spins_max = fibers.spins_max;
  }

  Exploration Run() {
    return Finish(settings_.options.random_runs > 0 ? Sample(execution_, settings_) : SearchAll(execution_, settings_));
  }

  Exploration Replay(std::string_view schedule) {
    Exploration exploration;
    const absl::StatusOr<std::vector<ScheduleEntry>> entries = ParseSchedule(schedule);
    if (!entries.ok()) {
      exploration.errors.emplace_back(entries.status().message());
      return exploration;
    }
    if (!Follow(*entries, exploration.errors)) return exploration;
    return Finish(SearchAll(execution_, settings_));
  }

 private:
  ExecutionSettings SettingsOf(const FiberOptions& fibers, bool every_step) {
    ExecutionSettings settings;
    settings.stack_bytes = fibers.stack_bytes;
    settings.only_variables_shared = fibers.only_variables_shared;
    settings.every_step = every_step;
    settings.spurious_wakes_max = fibers.spurious_wakes;
    settings.feed = fibers.validator != nullptr ? &feed_.emplace(*fibers.validator) : nullptr;
    return settings;
  }

  Exploration Finish(SearchResult found) {
    Exploration exploration;
    exploration.statistics = std::move(found.statistics);
    exploration.errors = std::move(found.errors);
    exploration.reached = Report(execution_, found.found, source_, exploration.errors);
    if (!exploration.errors.empty()) exploration.statistics.exhausted = false;
    return exploration;
  }

  // Makes the steps of the entries the prefix of all schedules.
  bool Follow(const std::vector<ScheduleEntry>& entries, std::vector<std::string>& errors) {
    execution_.Begin();
    for (std::size_t i = 0; i < entries.size() && !execution_.problem(); ++i) {
      const SimulatedThread* thread = nullptr;
      for (std::size_t runner = 0; runner < execution_.thread_count(); ++runner) {
        if (vocabulary_.ThreadName(execution_.thread(runner).uid) == entries[i].thread)
          thread = &execution_.thread(runner);
      }
      const std::string diverges =
          "diverges at step " + std::to_string(i + 1) + ": expected " + entries[i].ToString() + ", found ";
      if (thread == nullptr) {
        errors.push_back(diverges + "no thread " + entries[i].thread);
        return false;
      }
      const std::string found = thread->ended ? entries[i].thread + " at its end"
                                              : vocabulary_.OperationText(execution_.PendingStep(*thread));
      if (found != entries[i].operation) {
        errors.push_back(diverges + found);
        return false;
      }
      const std::optional<Choice> choice = ChoiceOf(*thread, entries[i]);
      if (choice) {
        settings_.prefix.push_back(execution_.StepOf(*choice));
        execution_.Do(*choice);
      } else if (entries[i].mark != '*' || CanBeDone(*thread)) {
        errors.push_back(diverges + found +
                         (entries[i].mark == '*' ? ", which need not wait" : ", which cannot do that now"));
        return false;
      }
    }
    return true;
  }

  bool CanBeDone(const SimulatedThread& thread) const {
    std::vector<Choice> choices;
    execution_.AppendChoices(choices);
    for (const Choice& choice : choices) {
      if (choice.runner == thread.runner && choice.outcome == Outcome::kDone) return true;
    }
    return false;
  }

  std::optional<Choice> ChoiceOf(const SimulatedThread& thread, const ScheduleEntry& entry) {
    std::vector<Choice> choices;
    execution_.AppendChoices(choices);
    for (const Choice& choice : choices) {
      if (choice.runner == thread.runner && vocabulary_.StepText(execution_.StepOf(choice)) == entry.ToString())
        return choice;
    }
    return std::nullopt;
  }

  const std::string source_;
  std::optional<ValidatorFeed> feed_;
  Vocabulary vocabulary_;
  SearchSettings settings_;
  Execution execution_;
  Watchdog watchdog_;
};

Exploration Refused() {
  Exploration exploration;
  exploration.errors.emplace_back("explored code cannot explore");
  exploration.statistics.gave_up = "the body cannot be explored";
  return exploration;
}

}  // namespace

Exploration Explore(const std::function<void()>& body, const ExploreOptions& options, const FiberOptions& fibers) {
  if (CurrentScheduler() != nullptr) return Refused();
  return Explorer(body, options, fibers, options.random_runs > 0).Run();
}

Exploration Replay(const std::function<void()>& body, std::string_view schedule, const ExploreOptions& options,
                   const FiberOptions& fibers) {
  if (CurrentScheduler() != nullptr) return Refused();
  ExploreOptions whole = options;
  whole.random_runs = 0;
  // As the line has it: every release stands in it.
  return Explorer(body, whole, fibers, true).Replay(schedule);
}

// --- For explored code -------------------------------------------------------------------------------------

namespace {

Site SiteOf(const Caller& caller) { return caller.return_address - 1; }

std::atomic<void (*)(std::string_view)> check_handler{nullptr};

}  // namespace

void SetCheckHandler(void (*handler)(std::string_view text)) {
  check_handler.store(handler, std::memory_order_release);
}

void Yield() {
  const Caller caller = LOCKDEP_EXPLORE_CALLER(false);
  if (Execution* execution = RunningExecution()) {
    execution->Yield(SiteOf(caller), caller);
  } else {
    std::this_thread::yield();
  }
}

void Check(bool condition, std::string_view text) {
  if (condition) return;
  const Caller caller = LOCKDEP_EXPLORE_CALLER(false);
  if (Execution* execution = RunningExecution()) {
    execution->FailCheck(std::string(text), SiteOf(caller), caller);
    return;
  }
  if (const auto handler = check_handler.load(std::memory_order_acquire)) return handler(text);
  std::fprintf(stderr, "lockdep: a check does not hold: %s\n", std::string(text).c_str());
  std::abort();
}

Invariant::Invariant(std::string name, std::function<bool()> predicate) {
  if (Execution* execution = RunningExecution()) id_ = execution->AddInvariant(std::move(name), std::move(predicate));
}

Invariant::~Invariant() {
  Execution* const execution = id_ == 0 ? nullptr : RunningExecution();
  if (execution != nullptr) execution->RemoveInvariant(id_);
}

std::uint32_t Choose(std::uint32_t count) {
  const Caller caller = LOCKDEP_EXPLORE_CALLER(false);
  Execution* const execution = RunningExecution();
  return execution == nullptr ? 0 : execution->Choose(count, SiteOf(caller), caller);
}

void Restart() {
  const Caller caller = LOCKDEP_EXPLORE_CALLER(false);
  if (Execution* execution = RunningExecution()) execution->Restart(Code::kRestart, SiteOf(caller), caller);
}

void Boundary() {
  const Caller caller = LOCKDEP_EXPLORE_CALLER(false);
  if (Execution* execution = RunningExecution()) execution->Restart(Code::kBoundary, SiteOf(caller), caller);
}

void Mark() {
  if (Execution* execution = RunningExecution()) execution->Mark();
}

}  // namespace lockdep::explore
