// What an exploration is asked for and what it says, whichever way the schedules were run: the packed
// search of scripts (schedule_search.h) or C++ code on fibers (explore/explore.h).
//
// Plain data.
#ifndef LOCKDEP_EXPLORATION_H_
#define LOCKDEP_EXPLORATION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

struct ExploreStatistics {
  std::uint64_t states = 0;       // distinct
  std::uint64_t transitions = 0;
  std::uint64_t executions = 0;   // of a sampled search, or of C++ code
  std::uint64_t hang_states = 0;
  std::uint64_t memory_bytes = 0;
  std::chrono::nanoseconds time{0};
  bool reduced = false;           // partial-order reduction was used
  // Every schedule was covered.  Never true for a bounded or sampled search, or one that was stopped.
  bool exhausted = false;
  // The body said where its threads forget what they know (explore::Restart, Boundary): what follows from
  // `exhausted` is of strength `declared`.
  bool declared = false;
  std::string gave_up;            // why not, as a phrase: "the limit of 1000 states was reached"
};

struct ExploreProgress {
  std::uint64_t states = 0;
  std::uint64_t frontier = 0;     // met and not yet followed
  std::uint64_t executions = 0;
  double seconds = 0;
};

struct ExploreOptions {
  std::uint64_t states_max = 20'000'000;
  std::chrono::milliseconds time_max{0};   // 0: none
  int preemptions = -1;                    // at most so many switches away from a thread that could go on; -1: any
  std::uint64_t random_runs = 0;           // so many random schedules instead of all
  int pct_depth = 0;                       // with random_runs: priorities with so many change points
  std::uint64_t seed = 1;
  std::uint64_t steps_max = 100'000;       // of one sampled schedule, or of one execution of C++ code
  // Called now and then, about four times a second, from the searching thread.
  std::function<void(const ExploreProgress&)> on_progress = nullptr;

  bool bounded() const { return preemptions >= 0 || random_runs > 0; }
};

// One step of a schedule, for people.
struct ScheduleStep {
  std::string thread;
  std::string text;    // "lock b", "trylock c fails"
  Place at;
  bool waits = false;  // and does not come back
};

// Something that a schedule reaches: a hang, a livelock, a broken assertion or invariant, a data race.
struct Reached {
  Finding finding;                  // its `schedule` is the one line that replays it
  std::vector<ScheduleStep> steps;
  bool minimal = false;             // in switches of threads
};

struct Exploration {
  ExploreStatistics statistics;
  std::vector<Reached> reached;      // sorted by fingerprint; hangs first
  std::vector<std::string> errors;   // could not be explored, or not to the end: not deterministic, ...
};

}  // namespace lockdep

#endif  // LOCKDEP_EXPLORATION_H_
