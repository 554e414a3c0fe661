// One run of a lock program, step by step: what could each runner do now, and can all still end?
//
// Thread-confined.
// Cost: a few nanoseconds a step; StuckRunners searches what the present state leads to.
#ifndef LOCKDEP_PROGRAM_RUNNER_H_
#define LOCKDEP_PROGRAM_RUNNER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lockdep/lock_program.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

class ProgramRunner {
 public:
  // `program` must stay valid.
  explicit ProgramRunner(const LockProgram& program);
  ~ProgramRunner();
  ProgramRunner(const ProgramRunner&) = delete;
  ProgramRunner& operator=(const ProgramRunner&) = delete;

  // Empty, or why the program cannot be run, as a phrase; then nothing else may be called.
  const std::string& impossible() const;

  // The runners that were started, by number.
  int count() const;
  RunnerName NameOf(int number) const;
  // -1: it was not started.
  int NumberOf(RunnerName name) const;
  bool HasEnded(int number) const;
  // The operation that it does next, or waits in.
  int OpOf(int number) const;

  // What it may do now; nothing if it waits.
  std::vector<ProgramStep> Possible(int number);
  // False, and nothing changes, if it is not one of these.
  bool Do(const ProgramStep& step);

  // The runners that from here on, whatever the schedule, neither end nor go round an endless loop;
  // nothing if that takes more than `states_max` states to find out.  That a sleeper wakes up by
  // itself is not hoped for.
  struct Stuck {
    int number = 0;
    bool moves = false;  // it may go round a loop for ever
    friend bool operator==(const Stuck&, const Stuck&) = default;
  };
  std::optional<std::vector<Stuck>> StuckRunners(std::size_t states_max);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace lockdep

#endif  // LOCKDEP_PROGRAM_RUNNER_H_
