// The seam of the explorer: who runs the operations of the wrappers in place of the raw locks.
//
// While `current_thread` (this_thread.h) is the explored mark, the calling code runs on a simulated
// thread: every operation of a wrapper goes to `current_scheduler`, which decides when it is done and
// what comes out, and no raw lock is touched.  The mark is no state, so the fast path of the wrappers
// finds the scheduler where it would otherwise attach the thread: it costs nothing while nobody explores.
//
// The operations on locks are called by one function of LockMap, those on all else by the program's own code,
// into which the wrapper is inlined.
//
// An operation returns when the scheduler lets it, perhaps after other simulated threads have run on the
// same real one.
//
// Thread-confined: a scheduler belongs to the real thread that explores.
#ifndef LOCKDEP_SCHEDULER_H_
#define LOCKDEP_SCHEDULER_H_

#ifndef LOCKDEP_DISABLED

#include <cstddef>
#include <cstdint>
#include <memory>

#include "lockdep/checking.h"
#include "lockdep/held_locks.h"
#include "lockdep/this_thread.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {
class LockMap;
}

// What a simulated thread runs.
class ThreadRoutine {
 public:
  virtual ~ThreadRoutine() = default;
  virtual void Run() = 0;
};

class Scheduler {
 public:
  // A simulated thread; 0: none.
  using ThreadNumber = std::uint64_t;
  // What a thread is about to sleep on.
  using Bed = void*;

  virtual ~Scheduler() = default;

  // --- Locks: what `lock` is a map of ----------------------------------------------------------
  // `how` says which call it is.  True: the lock is held from now on.
  virtual bool Acquire(LockMap& lock, How how, const LockMap* nest, Site site) = 0;
  virtual void Release(LockMap& lock, Site site) = 0;
  virtual void Downgrade(LockMap& lock, Site site) = 0;
  // AssertHeld and its like.
  virtual void Assert(const LockMap& lock, bool held, bool exclusively, Site site) = 0;
  // Constructed, and destroyed, on a simulated thread.
  virtual void Born(LockMap& lock) = 0;
  virtual void Destroyed(LockMap& lock, Site site) = 0;
  // All that is in this memory.
  virtual void Forget(const void* memory, std::size_t size, Site site) = 0;

  // --- Condition variables and completions -----------------------------------------------------
  // The thread's next release also puts it to sleep on the condition, in one step.
  virtual Bed PrepareSleep(LockMap& condition) = 0;
  // Until it is woken; the condition may be gone by then.  False: the time of a timed one passed first.
  virtual bool Sleep(Bed bed, bool timed, Site site) = 0;
  virtual void Notify(LockMap& condition, bool all, Site site) = 0;
  // False only for a kind that does not wait for ever.
  virtual bool WaitFor(LockMap& completion, Kind kind, Site site) = 0;
  virtual void Complete(LockMap& completion, bool all, Site site) = 0;

  // --- Threads ---------------------------------------------------------------------------------
  // `role` may be null.
  virtual ThreadNumber StartThread(const char* role, std::unique_ptr<ThreadRoutine> routine, Site site) = 0;
  virtual void Join(ThreadNumber thread, Site site) = 0;
  virtual void Detach(ThreadNumber thread) = 0;
  // Its handle ends without join or detach.
  virtual void Orphan(ThreadNumber thread, Site site) = 0;
};

// Valid while `current_thread` is the explored mark.
extern constinit thread_local Scheduler* current_scheduler [[gnu::tls_model("initial-exec")]];

// The scheduler of the calling code, or null where it really runs.
inline Scheduler* CurrentScheduler() {
  return IsExplored(current_thread.load(std::memory_order_relaxed)) ? current_scheduler : nullptr;
}

// The identity of a lock that was made on a simulated thread; no validator knows it.
inline constexpr LockId kExploredLock = ~LockId{0};

}  // namespace lockdep

#endif  // LOCKDEP_DISABLED
#endif  // LOCKDEP_SCHEDULER_H_
