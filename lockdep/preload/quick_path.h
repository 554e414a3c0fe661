// The quick path: requests that may wait, and releases, that the thread has done before in the same way.
//
// Such a request is of a lock at a place, when the same is held: a step (HeldLocks::Step), which the thread's block
// keeps (steps.h).  It makes a chain that is known, and gets the lock at once.  All else is for Take and Give
// (recorder.h), which do the same, and more, and keep the steps.  A function of ours calls those as its last act in a
// function of their own: the compiler makes that a jump, so that the place that called ours, and its frame, are the
// same there, and nothing has to be saved for it here.
//
// Cost: about sixty instructions for a request, five to nine for each frame that has a frame pointer, thirty for a
// release, and the C library's own; no shared write.
#ifndef LOCKDEP_PRELOAD_QUICK_PATH_H_
#define LOCKDEP_PRELOAD_QUICK_PATH_H_

#include <cerrno>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/steps.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// A request that blocks.  `kTryNow(lock)` takes the lock at once, or returns why not.  `kAnyhow(lock)` is called if
// nothing was done, `kBusy(lock)` if the lock is held: the request was tried, and is to be made as one that waits.
template <LockSlot::Rules kRules, auto kTryNow, auto kAnyhow, auto kBusy, class Lock>
[[gnu::always_inline]] inline int TakeQuickly(Lock* lock, How how, const CallPlace& call) {
  ThreadBlock* const block = current_block;
  if (__builtin_expect(!IsBlock(block), 0)) return kAnyhow(lock);
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uintptr_t address = AddressOf(lock);
  const std::uint64_t origin = Steps::OriginOf(address, call.site, block->held.StepsFrom());
  const Steps::Kept& kept = block->steps.At(origin);
  const bool may = call.IsAmong(block->quick_low, block->quick_bytes) && kept.origin == origin &&
                   kept.step.entry.nest_or_caller == address &&
                   Steps::Asked(kept.slot->Word(), how, kRules) == kept.asked && block->held.HasRoom();
  if (__builtin_expect(!may, 0)) {
    Leave(block);
    return kAnyhow(lock);
  }
  ThreadBlock::Beside& beside = block->BesideAt(block->held.Stage(kept.step));
  FramesUpTo0(*block, call, beside.above);
  if constexpr (kRules == LockSlot::Rules::kReaderWriter) beside.again = 0;  // no other is taken once more
  const int error = kTryNow(lock);
  if (__builtin_expect(error != 0, 0)) {
    Leave(block);
    return error == EBUSY ? kBusy(lock) : kAnyhow(lock);
  }
  block->held.Commit();
  ++block->acquisitions;
  block->given_last = 0;
  Leave(block);
  return 0;
}

template <auto kUnlock, class Lock>
[[gnu::cold, gnu::noinline]] int UnlockAfterNewEpisode(Lock* lock, ThreadBlock* block) {
  NewEpisode(*block);
  Leave(block);
  return (real_functions.*kUnlock)(lock);
}

// Gives a lock back, by the function `kUnlock` of RealFunctions; or calls `kAnyhow(lock)`, for which nothing was done.
template <LockSlot::Rules kRules, auto kUnlock, auto kAnyhow, class Lock>
[[gnu::always_inline]] inline int UnlockQuickly(Lock* lock) {
  ThreadBlock* const block = current_block;
  if (__builtin_expect(!IsBlock(block), 0)) return kAnyhow(lock);
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (__builtin_expect(!block->held.TopIsObject(AddressOf(lock)), 0)) {
    Leave(block);
    return kAnyhow(lock);
  }
  block->given_last = block->held.top_lock();
  if (__builtin_expect(block->held.PopTop<kRules == LockSlot::Rules::kReaderWriter>(), 0))
    return UnlockAfterNewEpisode<kUnlock>(lock, block);
  Leave(block);
  return (real_functions.*kUnlock)(lock);
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_QUICK_PATH_H_
