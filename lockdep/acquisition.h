// The words of an acquisition: how a lock is taken, by which call, of which type, in which context.
//
// Immutable vocabulary; no state, no dependency.  The names are those of the Linux kernel's
// lockdep (Documentation/locking/lockdep-design.rst) where it has one.
#ifndef LOCKDEP_ACQUISITION_H_
#define LOCKDEP_ACQUISITION_H_

#include <cstdint>
#include <string_view>

namespace lockdep {

// How the lock is wanted and then held.
enum class Mode : std::uint8_t {
  kExclusive = 0,        // W: writer, mutex, spin lock
  kShared = 1,           // r: reader that queues behind a waiting writer
  kRecursiveShared = 2,  // R: reader that is never blocked by a reader or a waiting writer
};

// By which call.
enum class Kind : std::uint8_t {
  kBlocking = 0,
  kTrylock = 1,  // never waits; what it then holds blocks others like any hold
  kTimed = 2,    // waits, but only for a time
};

enum class LockType : std::uint8_t {
  kMutex,
  kRecursiveMutex,
  kSpinLock,
  kRawSpinLock,   // spins even where spin locks may sleep (PREEMPT_RT)
  kRwSem,         // waiting writers block new readers
  kRwLock,        // reader-preferring, recursive reads allowed
  kPercpuRwSem,   // as kRwSem; announcing and granting a write are two steps
  kRcu,           // read-side sections only; `sync` waits for them
  kSrcu,
  kLocal,         // per-cpu lock: never contended from another cpu
  kPseudo,        // an annotation only: kernfs active reference, fs_reclaim, work item
  kThreadEnd,     // the end of a thread, as something that a join waits for
  kCompletion,
};

// What a context or a held lock allows to be taken inside it; a lock's own need.  Ordered.
// Kernel: enum lockdep_wait_type, with PROVE_RAW_LOCK_NESTING on.
enum class WaitType : std::uint8_t {
  kUnchecked = 0,
  kFree = 1,    // wait free: rcu
  kSpin = 2,    // raw spin locks
  kConfig = 3,  // spin locks, which sleep on PREEMPT_RT
  kSleep = 4,   // mutexes, semaphores
};

// The execution context on top of a thread.
enum class Context : std::uint8_t {
  kTask = 0,
  kSoftirq = 1,
  kHardirq = 2,          // not threaded: wait type kSpin
  kHardirqThreaded = 3,  // wait type kConfig
  kSignal = 4,           // a user-space signal handler
};

constexpr bool IsShared(Mode mode) { return mode != Mode::kExclusive; }

// "exclusive", "shared", "recursive-shared": the words of the JSON output.
std::string_view ToString(Mode mode);
// "blocking", "trylock", "timed".
std::string_view ToString(Kind kind);
// "mutex", "recursive", "spinlock", "raw", "rwsem", "rwlock", "percpu", "rcu", "srcu", "local",
// "pseudo", "thread-end", "completion": the words of the workload language.
std::string_view ToString(LockType type);
// "task", "softirq", "hardirq", "threaded hardirq", "signal handler".
std::string_view ToString(Context context);
// "unchecked", "wait-free", "spin", "config", "sleep".
std::string_view ToString(WaitType type);

// The outer wait type of a lock type (what it needs from its surroundings) and the inner one (what
// it allows inside).  Source: lib/locking-selftest.c, the wait-context matrix.
WaitType OuterWaitType(LockType type);
WaitType InnerWaitType(LockType type);
// What may be taken in a context.
WaitType InnerWaitType(Context context);

}  // namespace lockdep

#endif  // LOCKDEP_ACQUISITION_H_
