// The quick path: requests that may wait, and releases, that need nothing but what the thread's block has.
//
// Such a request is of a lock in the thread's cache that has no rules of its own, makes a chain that is known, and gets
// the lock at once.  All else is for Take and Give (recorder.h), which do the same, and more.  A function of ours calls
// those as its last act in a function of their own: the compiler makes that a jump, so that the place that called ours,
// and its frame, are the same there, and nothing has to be saved for it here.
//
// Cost: about seventy instructions for a request, forty for a release, and the C library's own; no shared write.
#ifndef LOCKDEP_PRELOAD_QUICK_PATH_H_
#define LOCKDEP_PRELOAD_QUICK_PATH_H_

#include <cerrno>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

enum class Quickly {
  kDone,
  kBusy,  // the lock is held: the request was tried, and is to be made as one that waits
  kNot,   // nothing was done
};

// `how`: of the request, which blocks.  `try_now()` takes the lock at once, or returns why not.
template <LockSlot::Rules kRules, class TryNow>
[[gnu::always_inline]] inline Quickly TakeQuickly(std::uintptr_t address, How how, const CallPlace& call,
                                                  TryNow try_now) {
  ThreadBlock* const block = current_block;
  if (__builtin_expect(!IsBlock(block), 0)) return Quickly::kNot;
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  Quickly result = Quickly::kNot;
  const ThreadBlock::Cached& cached = block->CachedAt(address);
  const bool may = call.IsAmong(block->quick_low, block->quick_bytes) && cached.IsStill(address) &&
                   cached.slot->rules == kRules && block->held.MayStage() &&
                   (kRules == LockSlot::Rules::kPlain || !block->held.HoldsInContext(static_cast<LockId>(cached.word)));
  if (__builtin_expect(may, 1)) {
    if constexpr (kRules == LockSlot::Rules::kReaderWriter) how = how.with_tracked();
    const std::uint64_t word = cached.word | LockWord(0, how);
    const std::uint64_t key = block->held.KeyOf(word, 0, call.site);
    if (__builtin_expect(block->held.Known(key, how), 1)) {
      block->held.Stage(word, call.site, key, address);
      ThreadBlock::Beside& beside = block->BesideNext();
      FramesUpTo0(*block, call, beside.above);
      if constexpr (kRules != LockSlot::Rules::kPlain) beside.again = 0;
      const int error = try_now();
      if (__builtin_expect(error == 0, 1)) {
        block->held.Commit();
        ++block->acquisitions;
        block->given_last = 0;
        result = Quickly::kDone;
      } else if (error == EBUSY) {
        result = Quickly::kBusy;
      }
    }
  }
  Leave(block);
  return result;
}

template <auto kUnlock, class Lock>
[[gnu::cold, gnu::noinline]] int UnlockAfterNewEpisode(Lock* lock, ThreadBlock* block) {
  NewEpisode(*block);
  Leave(block);
  return (real_functions.*kUnlock)(lock);
}

// Gives a lock back, by the function `kUnlock` of RealFunctions; or calls `kAnyhow(lock)`, for which nothing was done.
template <auto kUnlock, auto kAnyhow, class Lock>
[[gnu::always_inline]] inline int UnlockQuickly(Lock* lock) {
  ThreadBlock* const block = current_block;
  if (__builtin_expect(!IsBlock(block), 0)) return kAnyhow(lock);
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (__builtin_expect(block->quick_bytes == 0 || !block->held.TopIsObject(AddressOf(lock)), 0)) {
    Leave(block);
    return kAnyhow(lock);
  }
  block->given_last = block->held.top_lock();
  if (__builtin_expect(block->held.PopTop(), 0)) return UnlockAfterNewEpisode<kUnlock>(lock, block);
  Leave(block);
  return (real_functions.*kUnlock)(lock);
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_QUICK_PATH_H_
