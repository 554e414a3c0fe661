// Waits for locks and for the ends of threads: what the hang watch sees of them.
//
// Cost: O(threads that wait) for each wait of a thread that holds something.
#ifndef LOCKDEP_PRELOAD_WAITS_H_
#define LOCKDEP_PRELOAD_WAITS_H_

#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// Around a wait for a lock.  Looks for threads that wait for each other, and records a hang.
void BeginWait(ThreadBlock& block, LockSlot* slot, How how, const CallPlace& call);
void EndWait(ThreadBlock& block);
// The same for the end of a thread.
void BeginJoin(ThreadBlock& block, std::uint32_t number, std::uint32_t process, const CallPlace& call);
void EndJoin(ThreadBlock& block);

// The thread has said that it waits.
[[gnu::always_inline]] inline bool IsInWait(const ThreadBlock& block) {
  return (block.waiting.wait.load(std::memory_order_relaxed) & 1) != 0;
}
// Something is done in the middle of a wait: a handler runs, or the wait was left by a jump.  It is no lasting one.
[[gnu::cold, gnu::noinline]] void WaitInterrupted(ThreadBlock& block);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_WAITS_H_
