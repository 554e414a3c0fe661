// The inside of the process of a native run: the real threads of a program, and the watch over them.
//
// Thread-confined to the process's first thread; what it starts uses what is marked so.
#ifndef WORKLOADS_NATIVE_THREADS_H_
#define WORKLOADS_NATIVE_THREADS_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "lockdep/completion.h"
#include "lockdep/cond_var.h"
#include "lockdep/own_mutex.h"
#include "lockdep/thread.h"
#include "lockdep/wait_for.h"
#include "workloads/native_locks.h"
#include "workloads/native_report.h"
#include "workloads/program.h"
#include "workloads/schedule_gate.h"

namespace lockdep::workloads {

class NativeThreads {
 public:
  // The report goes to `report_fd`.  With a gate the threads follow its schedule.
  NativeThreads(const Program& program, std::chrono::milliseconds timeout, int report_fd, ScheduleGate* gate = nullptr);
  NativeThreads(const NativeThreads&) = delete;
  NativeThreads& operator=(const NativeThreads&) = delete;

  // Runs the program and ends the process when it ended or hangs.
  [[noreturn]] void Run();

 private:
  struct Held {
    int lock = 0;
    Mode mode = Mode::kExclusive;
  };

  // One running thread.  Only `op` and `tid` are read by others.
  struct Running {
    Runner runner = 0;
    int thread = 0;
    int number = 1;
    std::atomic<int> op = 0;
    std::atomic<pid_t> tid = 0;
    std::vector<std::int64_t> counters;
    std::vector<Held> held;
    std::vector<int> not_got;  // locks whose next unlock is left out
    ScheduleGate::Turn turn = ScheduleGate::Turn::kFree;
    Thread handle;
  };

  // What CondVar sees as the lock: it is taken again as it was held.
  struct Relock {
    NativeThreads& threads;
    Running& running;
    int lock_number;
    Mode mode = Mode::kExclusive;
    void lock();
    void unlock();
  };

  // --- From any thread ----------------------------------------------------------------------
  void Start(int thread);
  void RunThread(Running& running);
  // With a gate: waits for the thread's turn to do `pc`.
  void EnterGate(Running& running, int pc);
  bool IsHeld(int lock) const;
  // The next statement, or kNone after the last one.
  int RunOp(Running& running, int pc, const Op& op);
  int Take(Running& running, int pc, const Op& op);
  // Whether it is a lock that its holder may take again, which blocks nobody.
  bool TakesAgain(const Running& running, int lock) const;
  int NotGot(Running& running, int pc, const Op& op);
  // It has the lock now, and its next unlock is of that.
  static void Hold(Running& running, int lock, Mode mode);
  void Unlock(Running& running, int lock);
  // Ends the latest hold of the lock and says how it was held; nothing if it was not.
  std::optional<Mode> Release(Running& running, int lock);
  void Downgrade(Running& running, int lock);
  void Assert(Running& running, const Op& op);
  void AssertThat(const Running& running, const Op& op);
  void Join(Running& running, int pc, int thread);
  void WaitUntil(Running& running, int pc, const ProgramCondition& condition);
  std::int64_t Value(const ProgramExpression& expression) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(variables_mutex_);
  bool Holds(const ProgramCondition& condition);
  // Ends the process if the wait closed a cycle.
  void CheckCycle(std::vector<Runner> cycle);
  [[noreturn]] void Report(NativeEnd end, std::vector<Runner> cycle);

  // --- From the first thread ------------------------------------------------------------------
  void Watch();
  void FollowSchedule(std::chrono::steady_clock::time_point end);
  void LetBegin(ScheduleGate::ThreadKey thread);
  // All that were let go have ended, or wait and sleep.
  bool Settled();
  [[noreturn]] void ReportAstray(const std::string& why);
  bool AllEnded();
  bool AllSleep(const std::vector<Runner>& threads);

  const Program& program_;
  const std::chrono::milliseconds timeout_;
  const int report_fd_;
  ScheduleGate* const gate_;
  WaitFor table_;
  std::vector<std::unique_ptr<NativeLock>> locks_;
  std::deque<CondVar> conditions_;
  std::deque<Completion> completions_;

  OwnMutex variables_mutex_;
  std::vector<std::int64_t> variables_ ABSL_GUARDED_BY(variables_mutex_);

  OwnMutex mutex_;                                       // a leaf beside the table's, which may be taken under it
  std::deque<Running> running_ ABSL_GUARDED_BY(mutex_);  // the elements belong to their threads
  std::vector<int> started_ ABSL_GUARDED_BY(mutex_);     // how many, of each thread of the program
  std::vector<std::string> problems_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_THREADS_H_
