// Lets real threads go on one after the other, in the order of a schedule.
//
// Each thread asks before every statement.  A statement that is one of the schedule's steps waits for its
// turn; one that only this thread sees (a jump, a block) passes.  When all steps were done, the threads
// to be let go do as they like, and the others stay where they are.
//
// Thread-safe: one OwnMutex, which is a leaf; threads that wait for their turn poll.
#ifndef WORKLOADS_SCHEDULE_GATE_H_
#define WORKLOADS_SCHEDULE_GATE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "lockdep/own_mutex.h"

namespace lockdep::workloads {

class ScheduleGate {
 public:
  // A thread of a program: its index, and the how many-th that runs it, from 1.
  using ThreadKey = std::pair<int, int>;
  struct Step {
    ThreadKey thread;
    int op = 0;              // its statement
    bool announces = false;  // it only begins to wait there
  };

  ScheduleGate(std::vector<Step> steps, std::set<ThreadKey> let_go);

  enum class Turn {
    kFree,      // no step of the schedule
    kStep,      // Done comes after it
    kAnnounce,  // Announced is called once it waits; then it enters again
  };
  // Before the statement `op`.  Does not return if the schedule has no use for the thread any more.
  Turn Enter(ThreadKey thread, int op, bool local);
  void Done();
  void Announced() { Done(); }

  // The thread that is to begin to wait now, if that is the step.
  std::optional<ThreadKey> Announcing() const;
  bool IsLetGo(ThreadKey thread) const { return let_go_.contains(thread); }
  bool finished() const;
  std::size_t steps_done() const;
  // The step at hand; REQUIRES: not finished.
  Step at_hand() const;
  // A thread came to a statement that is not its next step: which, and to which one.
  std::optional<Step> Astray() const;

 private:
  const std::vector<Step> steps_;
  const std::set<ThreadKey> let_go_;
  mutable OwnMutex mutex_;
  std::map<ThreadKey, std::deque<std::size_t>> left_ ABSL_GUARDED_BY(mutex_);  // steps of each thread
  std::size_t now_ ABSL_GUARDED_BY(mutex_) = 0;
  bool entered_ ABSL_GUARDED_BY(mutex_) = false;  // the thread of the step at hand did
  std::optional<Step> astray_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCHEDULE_GATE_H_
