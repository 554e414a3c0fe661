// Runs a program on simulated threads and locks, and tells a validator what happens.
//
// Deterministic: threads in file order, each until it ends or blocks, then the first that can run.
// A thread that yields, or has gone round a loop for long, lets the next ones in file order run
// before it.  Spawned threads stand behind the others, in the order in which they were spawned.
// When all threads wait, the first timed wait runs out.
//
// A Simulation is one run.  Instances last for several, so that they are recorded as runs of the
// same threads and locks.
//
// Thread-confined.  Cost: O(threads) for each switch of threads.
#ifndef WORKLOADS_SIMULATION_H_
#define WORKLOADS_SIMULATION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/blocking_rules.h"
#include "lockdep/hang.h"
#include "lockdep/validator.h"
#include "workloads/instances.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct SimulationOptions {
  // Of the validator.  A search of the whole script says more than one of its episodes.
  std::size_t episode_states_max = 0;
  std::int64_t steps_max = 100'000;  // of one thread
  std::int64_t threads_max = 1'000;  // that were ever spawned
  // Rounds of loops after which a thread lets others run: far below steps_max, so that a thread
  // that waits in a loop for another one sees it come.
  std::int64_t rounds_max = 1'000;
  // Of the order pass: its runs, and the steps of all of them; the first run has only the limits above.
  // Nine tries that are independent of each other make 512 runs.
  std::size_t runs_max = 1'000;
  std::int64_t all_steps_max = 10'000'000;
};

// A statement of a thread, by numbers of the program.
struct OpAt {
  int thread = 0;
  int number = 1;  // which of the threads with that block, counted from 1
  int op = 0;
  friend auto operator<=>(const OpAt&, const OpAt&) = default;
};

struct SimulationResult {
  // Tries and timed waits with a branch of their own or going on, that succeeded; each once.  Of several
  // threads with one block only those of the first two.
  std::vector<OpAt> succeeded;        // in order of time
  bool all_failed = true;             // each of those that were to fail came, and failed
  std::int64_t steps = 0;             // of all threads
  std::vector<ScriptError> failures;  // endless loops, uses of destroyed locks
  std::vector<ScriptError> unended;   // threads that made all their steps
  std::vector<ScriptError> broken_asserts;
  std::set<StatementContext> contexts;
  std::vector<std::vector<bool>> ran;  // of each thread of the program: which statements
  bool hung = false;
  Snapshot snapshot;  // of the threads that wait at the end
};

class Simulation {
 public:
  Simulation(const Program& program, Instances& instances, SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Runs to the end.  Each of `fail` is not got the first time it would succeed.
  SimulationResult Run(std::vector<OpAt> fail);

 private:
  enum class Status : std::uint8_t {
    kReady,
    kTaking,      // request
    kSyncing,     // op().lock
    kAsleep,      // in condition op().number; takes request when woken
    kCompletion,  // op().number
    kAwaiting,    // op().condition
    kJoining,     // op().number
    kEnded,
    kExhausted,  // made all its steps
  };

  struct Held {
    int lock = 0;
    Request request;
    Mode mode = Mode::kExclusive;  // now; the request's before a downgrade
    std::size_t contexts = 0;      // how deep the thread was in contexts
    std::uint64_t stamp = 0;
    int op = 0;  // that took it
  };

  struct Thread {
    int index = 0;   // in program_.threads
    int number = 1;  // among those with that index
    std::string name;
    ThreadState* state = nullptr;
    ThreadOrigin origin;  // of who joins it, once it has ended
    Status status = Status::kReady;
    int pc = 0;
    std::vector<std::int64_t> counters;
    std::vector<Held> held;
    std::vector<int> not_got;         // locks whose next unlock is left out
    std::vector<int> not_got_before;  // the same, once what it got of the lock since then is unlocked
    Request request;
    int lock = 0;  // of the request
    std::uint64_t stamp = 0;
    std::int64_t steps = 0;
    std::int64_t rounds = 0;
  };

  enum class Step : std::uint8_t { kGoOn, kStop, kYield };

  // Scheduling.
  bool CanGo(const Thread& thread, Runner runner) const;
  std::optional<Runner> Next(std::size_t first) const;
  Step RunThread(Runner runner);
  Step RunOp(Runner runner);
  Step Resume(Runner runner);
  bool TimeOutOne();
  void AddThreads(int index, ThreadState* creator);

  // Statements.
  Step Take(Runner runner);
  Step Got(Runner runner);
  Step NotGot(Runner runner, const Op& op);
  Step Unlock(Thread& thread, Runner runner, const Op& op);
  Step LockOperation(Thread& thread, Runner runner, const Op& op);
  Step Sync(Thread& thread, Runner runner, const Op& op);
  void Assert(Thread& thread, Runner runner, const Op& op);
  void AssertThat(Thread& thread, const Op& op);
  void Destroy(Thread& thread, const Op& op, bool and_init);
  Step Control(Thread& thread, const Op& op);
  Step Waiting(Thread& thread, Runner runner, const Op& op);
  Step WaitCondition(Thread& thread, Runner runner, const Op& op);
  Step End(Thread& thread);
  Step GoTo(Thread& thread, int target);
  static Step GoOn(Thread& thread) {
    ++thread.pc;
    return Step::kGoOn;
  }
  Step Stop(Thread& thread, Status status);

  // Small parts.
  const Op& OpOf(const Thread& thread) const { return program_.threads[thread.index].ops[thread.pc]; }
  const ProgramThread& ProgramOf(const Thread& thread) const {
    return program_.threads[static_cast<std::size_t>(thread.index)];
  }
  Site SiteOf(const Thread& thread) const { return instances_.site(thread.index, thread.pc); }
  void Announce(Runner runner);
  void NoteContext(const Thread& thread);
  void Hold(Thread& thread);
  bool UsesDestroyed(const Thread& thread, int lock, Position at);
  void Fail(Position at, std::string message);
  std::int64_t Value(const ProgramExpression& expression) const;
  bool Holds(const ProgramCondition& condition) const;
  bool Joinable(int thread) const;

  // The end.
  void Finish(SimulationResult& result);
  Snapshot Describe() const;
  WaitingThread DescribeThread(Runner runner, const std::vector<int>& waiting) const;
  void AddWhom(Runner runner, const std::vector<int>& waiting, WaitingThread& result) const;
  void AddBlockers(Runner runner, const Blockers& blockers, const std::vector<int>& waiting,
                   WaitingThread& result) const;

  const Program& program_;
  Instances& instances_;
  Validator& validator_;
  const SimulationOptions options_;
  std::deque<Thread> threads_;  // grows while one of them runs
  std::vector<LockState> locks_;
  std::vector<bool> destroyed_;
  std::vector<int> classes_;  // of each lock now; kNone: none
  std::vector<int> subclasses_;
  std::vector<std::int64_t> variables_;
  std::vector<ConditionState> conditions_;
  std::vector<CompletionState> completions_;
  std::vector<int> spawned_;  // how often each thread of the program was started
  std::vector<OpAt> fail_;
  std::vector<OpAt> succeeded_;
  std::set<OpAt> seen_to_succeed_;
  std::vector<ScriptError> failures_;
  std::vector<ScriptError> broken_asserts_;
  std::set<StatementContext> contexts_;
  std::vector<std::vector<bool>> ran_;  // of each thread of the program, each statement
  std::uint64_t clock_ = 0;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SIMULATION_H_
