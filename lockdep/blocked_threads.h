// Who of a program's threads waits for whom, as a watchdog sees it from outside.
//
// The wrappers say nothing before they sleep, because that would cost every program something.  But the kernel tells
// of each thread whether it sleeps in futex(2), on which word, and how often it has run so far; the word lies in a lock
// that the process knows, and what the thread holds stands in its state.  A thread that has slept all the while
// changes nothing, so that can be read: it is looked at twice, and left out unless it slept from the first look to the
// second. A cycle of such threads is a hang, now and for ever, except through a reader behind a waiting writer: that
// one may just have been let in and not run yet, so the same waits must stand for a while.
//
// Linux: /proc/self/task/TID/syscall and status.  Where they cannot be read, nobody is seen to wait.
//
// Thread-confined.  Cost: some system calls a thread.
#ifndef LOCKDEP_BLOCKED_THREADS_H_
#define LOCKDEP_BLOCKED_THREADS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/hang.h"
#include "lockdep/held_locks.h"

namespace lockdep {

struct ThreadState;

struct WatchedThread {
  std::string name;  // in reports
  std::string role;
  pid_t tid = 0;
  const ThreadState* state = nullptr;
};

// Called by the thread itself.  It must not end while it is looked at.
WatchedThread WatchThisThread(std::string name, std::string role);

class BlockedThreads {
 public:
  // One look.  REQUIRES: no lock that these threads hold or wait for ends meanwhile, nor while this lives.
  explicit BlockedThreads(const std::vector<WatchedThread>& threads);

  // Threads that wait for each other, by index; empty: there are none.
  const std::vector<int>& cycle() const { return cycle_; }
  // Whether the cycle is that of the earlier look, and none of its threads has run since.
  bool StandsSince(const BlockedThreads& earlier) const;
  // Those that wait for a lock, or for what some other thread must do; not for so long only.
  std::vector<int> all() const;
  // Whether that is every thread, and was at the earlier look, and none has run since.
  bool AllStandSince(const BlockedThreads& earlier) const;

  // These threads only, for Hangs().  `at`: where a thread is, and what it does there.
  struct Doing {
    Place at;
    std::string text;
  };
  Snapshot Describe(const std::vector<int>& threads, const std::function<Doing(int thread)>& doing) const;

 private:
  struct Look {
    bool blocked = false;
    std::uint64_t runs = 0;  // how often it had run
    LockId wants = 0;
    Mode mode = Mode::kExclusive;
    bool timed = false;
    bool event = false;
    std::vector<HeldLock> held;
  };
  struct Link {
    int thread = 0;
    bool queued = false;
  };
  static Look LookAt(const WatchedThread& thread);
  void FindLinks();
  int ObjectOf(LockId lock, unsigned subclass, Snapshot& snapshot,
               std::vector<std::pair<LockId, unsigned>>& known) const;

  std::vector<WatchedThread> threads_;
  std::vector<Look> looks_;
  std::vector<std::vector<Link>> links_;  // of each thread: for whom it waits
  std::vector<int> cycle_;
};

}  // namespace lockdep

#endif  // LOCKDEP_BLOCKED_THREADS_H_
