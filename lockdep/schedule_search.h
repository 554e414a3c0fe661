// Every schedule of a lock program: which hangs can be reached?
//
// The search keeps every state it met, whole, so "exhausted" is a proof: all schedules of this program
// under the rules of lock_program.h and blocking_rules.h.  Where no thread can loop, it follows only
// a stubborn set of the transitions of a state, which keeps every state without successors (Valmari,
// "Stubborn sets for reduced state space generation", 1990).  With loops it follows all.
//
// A *hang* is a state from which the end of all threads cannot be reached: by all of them waiting, by
// some that wait for ever while others go on, or by a thread that tries a lock again and again while
// it holds what the owner of that lock waits for.  A *livelock* is a loop that all threads can go round
// together for ever although they could leave it; that is a warning.
//
// Thread-safe: no state.
// Cost: states x (threads + locks); memory about 40 bytes a state.
#ifndef LOCKDEP_SCHEDULE_SEARCH_H_
#define LOCKDEP_SCHEDULE_SEARCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/lock_program.h"

namespace lockdep {

// A thread of the running program: the threads of LockProgram in their order, each `count` times, then
// those that were spawned in the order of starting.
struct RunnerName {
  int thread = 0;  // index into LockProgram::threads
  int copy = 0;    // 0 for the first of its kind
  friend auto operator<=>(const RunnerName&, const RunnerName&) = default;
};

enum class StepResult : std::uint8_t {
  kDone,       // the operation was done, or got what it asked for
  kAnnounced,  // it began to wait: a writer that readers queue behind, a sleeper, a sync
  kNotGot,     // a try failed, a timed wait ended, a free choice went the other way
  kSpurious,   // a sleeper woke up by itself
};

// One transition.
struct ProgramStep {
  RunnerName runner;
  int op = 0;  // index into Thread::ops
  StepResult result = StepResult::kDone;
  int woken = LockProgram::kNone;  // of a signal: the runner (by number at that time) that it woke
};
using ProgramSchedule = std::vector<ProgramStep>;

// Where a runner stands after a schedule.
struct RunnerState {
  RunnerName name;
  bool ended = false;
  int op = 0;                 // the next one, or the one that waits
  bool waits = false;         // that operation cannot go on now
  bool announced = false;
  bool asleep = false;        // in a condition
  std::int64_t last_step = -1;  // index into the schedule of its latest step; -1: none
  struct Hold {
    int lock = 0;
    Mode mode = Mode::kExclusive;
    int op = 0;               // that took it
    std::int64_t step = 0;    // index into the schedule
  };
  std::vector<Hold> holds;    // oldest first
  std::vector<int> waits_for; // runners whose doing it waits for, by number; of events: those that may give it
  std::vector<bool> queued;   // of each of those: it holds nothing, it waits to write first
};

struct ReplayResult {
  bool diverged = false;
  std::size_t step = 0;       // of the schedule, where it cannot go on
  std::string why;            // "t2 cannot take lock 1 now"
  std::vector<RunnerState> runners;
  std::vector<std::int64_t> variables;
};
// Does exactly these steps.
ReplayResult Replay(const LockProgram& program, const ProgramSchedule& schedule);

struct ProgramHang {
  std::vector<int> stuck;     // runners that can never go on, or never get out of a loop, by number
  std::vector<bool> moves;    // of each of those: it goes on for ever, and may be waiting just now
  bool spinning = false;      // some of them still move
  std::uint64_t states = 0;   // that hang like this
  ProgramSchedule schedule;   // minimal in switches of threads, where `minimal`
  bool minimal = false;
};

struct ProgramLivelock {
  ProgramSchedule prefix;
  ProgramSchedule loop;
};

// An assertion that does not hold, or two unordered accesses of a plain variable: the last step, and
// for a race the step of the other thread after it.  An await looks again and again: where it is the
// other access and still cannot go on, the schedule ends without it.
struct ProgramFailure {
  ProgramSchedule schedule;
  int variable = LockProgram::kNone;  // of a race
  std::vector<ProgramStep> accesses;  // of a race: the two, as they end the schedule
};

struct SearchResult {
  ExploreStatistics statistics;
  std::vector<ProgramHang> hangs;          // each set of (runner, operation) that is stuck once
  std::vector<ProgramLivelock> livelocks;  // at most one
  std::vector<ProgramFailure> failures;    // each operation once
  std::vector<ProgramFailure> races;       // each variable once
};

struct SearchOptions {
  ExploreOptions explore;
  bool reduce = true;          // stubborn sets where they are sound
  bool witnesses = true;       // make schedules minimal
  std::size_t hangs_max = 256; // distinct ones; more are counted in the statistics only
  // Ends the search as soon as it returns true, which is then not exhausted.
  std::function<bool(const ProgramHang&)> stop;
};

SearchResult SearchSchedules(const LockProgram& program, const SearchOptions& options = {});

}  // namespace lockdep

#endif  // LOCKDEP_SCHEDULE_SEARCH_H_
