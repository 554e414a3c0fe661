// Signals that the program handles: which can come now, and in whose handler a thread is.
//
// From the first handler on, a thread's chains differ by both, and what it asks for with nothing held is recorded, too:
// a lock that a handler takes must not be held where that signal can come.  Handlers of faults are left out; they are
// no interrupts.
//
// A thread learns at its next request off the quick path (quick_path.h) that there is a new handler, which takes its
// steps from it: all that it does is new then.
//
// Cost: a system call where a chain is new; nothing on the quick path.
#ifndef LOCKDEP_PRELOAD_SIGNALS_H_
#define LOCKDEP_PRELOAD_SIGNALS_H_

#include <atomic>
#include <cstdint>

#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

extern constinit std::atomic<std::uint64_t> handled_signals;  // bit N - 1: there is a handler for signal N

inline std::uint64_t HandledSignals() { return handled_signals.load(std::memory_order_relaxed); }
void AddHandledSignal(int signal);

// The calling thread's chains are told apart from now on.
void TrackSignals(ThreadBlock& block);
// There are other handled signals than it knew of.
[[gnu::cold, gnu::noinline]] void OtherSignalsHandled(ThreadBlock& block, const CallPlace& call);

struct SignalState {
  std::uint32_t signal = 0;  // in whose handler; 0: in none
  std::uint32_t held_below = 0;
  std::uint64_t open = 0;
};
// Of the calling thread, at a call.  Forgets handlers that were left by a jump: their frames are gone.
SignalState SignalsNow(ThreadBlock& block, const CallPlace& call);

// The calling thread's mask has changed.  What it holds is recorded again if more can come.  REQUIRES: TrackSignals.
void SignalMaskChanged(ThreadBlock& block, const CallPlace& call);

// The thread leaves its handlers by a jump.
void ForgetHandlers(ThreadBlock& block);
// Whether the calling thread runs on its alternate stack.
bool IsOnSignalStack();
// Around the program's handler.  False: it goes on as part of what it interrupted.
bool EnterHandler(ThreadBlock& block, int signal, std::uintptr_t frame);
void LeaveHandler(ThreadBlock& block, std::uintptr_t frame);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_SIGNALS_H_
