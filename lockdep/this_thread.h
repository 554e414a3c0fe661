// What the wrappers keep for the calling thread, one thread-local load away.
//
// `current_thread` is null (no state yet, none any more, or something waits to be handed over), the
// busy mark (the validator is at work on this thread's state), the explored mark (a simulated thread
// runs, see scheduler.h), or the state.  Only the last one lets the fast path go on, so one comparison
// covers all.
//
// A signal handler that interrupts the validator on its own thread sees the busy mark, and what it
// locks is locked unseen: raw, counted as a lost event, and remembered, so that its unlock is raw
// too.  Even pushing an entry on the stack of held locks is such a section: a handler in the middle
// of it would find an entry of which half is old.  (Measured: two plain stores, 0.3 to 0.6 ns a pair.)
//
// Thread-confined, and usable in a signal handler of the same thread.
#ifndef LOCKDEP_THIS_THREAD_H_
#define LOCKDEP_THIS_THREAD_H_

#ifndef LOCKDEP_DISABLED

#include <atomic>
#include <cstdint>

#include "lockdep/validator.h"

namespace lockdep {

// Initial-exec: one instruction to find it, and none of the loader's allocations in a handler.
extern constinit thread_local std::atomic<ThreadState*> current_thread [[gnu::tls_model("initial-exec")]];

inline ThreadState* BusyMark() { return reinterpret_cast<ThreadState*>(std::uintptr_t{1}); }
inline ThreadState* ExploredMark() { return reinterpret_cast<ThreadState*>(std::uintptr_t{2}); }
inline bool IsExplored(const ThreadState* thread) { return thread == ExploredMark(); }
inline bool IsState(const ThreadState* thread) { return reinterpret_cast<std::uintptr_t>(thread) > 2; }

// While it lives, handlers on this thread leave the state alone.  The signal fences keep the compiler
// from moving the work out; the processor shows a thread its own stores in order.
class BusySection {
 public:
  [[gnu::always_inline]] explicit BusySection(ThreadState& thread) : thread_(thread) {
    current_thread.store(BusyMark(), std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  [[gnu::always_inline]] ~BusySection() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    current_thread.store(&thread_, std::memory_order_relaxed);
  }
  BusySection(const BusySection&) = delete;
  BusySection& operator=(const BusySection&) = delete;

 private:
  ThreadState& thread_;
};

// The calling thread's state, made on first use.  Null where its operations go unseen: in a handler
// that interrupted the validator, after the thread's end, or on a simulated thread.
ThreadState* ThisThread();

}  // namespace lockdep

#endif  // LOCKDEP_DISABLED
#endif  // LOCKDEP_THIS_THREAD_H_
