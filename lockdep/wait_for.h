// Who holds and who waits, among running threads: finds the wait that closes a cycle, as it starts.
//
// The threads tell the table what they do, in this order, so that it never says too much: a wait
// before it starts; a hold after the lock was got; a release before the lock is released.  Then a
// link "t waits for l, u holds l in a mode that keeps t out" is true at any moment at which the table has it, for
// u still has the lock and t therefore cannot.  A cycle of such links is a hang, now and for ever:
// no time-out is needed.  A wait for the end of a thread is such a link too.  A wait that ends by
// itself is none.
//
// A reader may also wait for a writer that only waits.  Whether it is really behind it the table
// cannot know, for the reader may just have been let in; such a cycle is *suspected*, and is a hang if the same
// waits stand for long.
// The idea of looking for a cycle at each wait: Knapp, Deadlock Detection in Distributed Databases,
// ACM Computing Surveys 19(4), 1987 (wait-for graphs, AND model).
//
// Thread-safe: one OwnMutex, which is a leaf.  Cost: O(threads x holders) for each wait.
#ifndef LOCKDEP_WAIT_FOR_H_
#define LOCKDEP_WAIT_FOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "lockdep/acquisition.h"
#include "lockdep/blocking_rules.h"
#include "lockdep/own_mutex.h"

namespace lockdep {

class WaitFor {
 public:
  // One thing held.  `place` is the caller's number for where.
  struct Hold {
    int lock = 0;
    Mode mode = Mode::kExclusive;
    Kind kind = Kind::kBlocking;
    int place = 0;
    std::uint64_t stamp = 0;
  };
  enum class Waits : std::uint8_t { kNot, kLock, kEnd, kEvent };
  struct ThreadView {
    bool ended = false;
    Waits waits = Waits::kNot;
    int lock = 0;  // of a wait for a lock
    Mode mode = Mode::kExclusive;
    Kind kind = Kind::kBlocking;
    int place = 0;
    std::uint64_t stamp = 0;
    std::vector<Hold> holds;
    std::vector<Blocker> blockers;  // whom it waits for; empty for an event
  };

  // The locks are numbers from 0 on.
  explicit WaitFor(std::vector<LockType> locks);
  WaitFor(const WaitFor&) = delete;
  WaitFor& operator=(const WaitFor&) = delete;

  // At most 65 535 threads.
  Runner AddThread();

  // `runner` is about to wait.  Returns the threads of the cycle that this closes, `runner` first,
  // each waiting for the next; empty if there is none.
  [[nodiscard]] std::vector<Runner> Wait(Runner runner, int lock, Mode mode, Kind kind, int place);
  [[nodiscard]] std::vector<Runner> WaitForEnd(Runner runner, std::vector<Runner> threads, int place);
  // For something that no thread is known to owe.
  void WaitForEvent(Runner runner, int place);
  // The wait is over: it has the lock; it has not, or what it waited for was no lock.
  void Got(Runner runner);
  void StopWaiting(Runner runner);
  // Got without a wait.
  void Take(Runner runner, int lock, Mode mode, Kind kind, int place);
  // The latest hold of the lock is about to end.  REQUIRES: it is held.
  void Release(Runner runner, int lock);
  // REQUIRES: held exclusively.
  void Downgrade(Runner runner, int lock);
  void End(Runner runner);

  // A cycle that stands only if some reader is really behind some waiting writer; empty if none.
  // `stamp` is the latest of its waits: the same threads and stamp later mean the same waits.
  struct Suspicion {
    std::vector<Runner> threads;
    std::uint64_t stamp = 0;
    friend bool operator==(const Suspicion&, const Suspicion&) = default;
  };
  Suspicion Suspect() const;

  std::vector<ThreadView> View() const;

 private:
  struct Thread {
    bool ended = false;
    Waits waits = Waits::kNot;
    int lock = 0;
    Mode mode = Mode::kExclusive;
    Kind kind = Kind::kBlocking;
    int place = 0;
    std::uint64_t stamp = 0;
    std::vector<Runner> ends;
    std::vector<Hold> holds;
  };

  std::vector<Blocker> BlockersOf(Runner runner) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Runner> CycleFrom(Runner start, bool also_queued) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddHold(Runner runner, int lock, Mode mode, Kind kind, int place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<LockType> types_;
  mutable OwnMutex mutex_;
  std::vector<Thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::vector<LockState> locks_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t clock_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_WAIT_FOR_H_
