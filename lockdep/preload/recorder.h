// What threads do, turned into records.
//
// The functions on top are the fast path: a request that is known costs a look-up of the lock, one of the chain, and a
// push.  All others are off it.  A blocking request is recorded before it blocks, a try after it succeeded.
//
// A ThreadBlock that is passed was entered (thread_block.h): nothing of the program runs meanwhile.
#ifndef LOCKDEP_PRELOAD_RECORDER_H_
#define LOCKDEP_PRELOAD_RECORDER_H_

#include <cerrno>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/hold_times.h"
#include "lockdep/preload/loader_looks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/publication.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/steps.h"
#include "lockdep/preload/thread_block.h"
#include "lockdep/preload/waits.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {

// --- Off the fast path ------------------------------------------------------------------------------

// The lock at the address, added with these traits if there is none.  Null: no memory.
[[gnu::cold, gnu::noinline]] LockSlot* LookUpLock(ThreadBlock& block, std::uintptr_t address, const LockTraits& traits,
                                                  const CallPlace& call);
// Its init function was called.
void LockBorn(ThreadBlock& block, std::uintptr_t address, const LockTraits& traits, const CallPlace& call);
// Its destroy function succeeded.
void LockDestroyed(ThreadBlock& block, std::uintptr_t address, const CallPlace& call);
// It failed, because the lock is held.
void LockDestroyRefused(ThreadBlock& block, std::uintptr_t address, const CallPlace& call);
// It is a lock no more, and that is no misuse: a semaphore.
void LockGone(ThreadBlock& block, std::uintptr_t address);
// In the child of a fork: what processes share is held by the parent's thread, not by this one.  Of the rest, what the
// program makes anew is held no more.  REQUIRES: the recorder's lock is held.
void ForgetSharedAfterFork(ThreadBlock& block);
// What was taken for a lock is none.  REQUIRES: the recorder's lock is held.
void TurnsOutNoLock(LockSlot* slot);
bool IsNoLock(LockId id);
// All locks in the memory end.  Holding one is a misuse.
void MemoryEnds(ThreadBlock& block, std::uintptr_t begin, std::size_t bytes, const CallPlace& call);
// Those of a thread's own stack whose functions have returned, seen from a call at `frame`.
[[gnu::cold, gnu::noinline]] void StackShrank(ThreadBlock& block, std::uintptr_t frame);

// Asks the loader what is mapped; the locks of files that are gone end.  Most do so only if it is needed
// (loader_looks.h).
void LookAtLoader();

// The chain `held + request` is not in the thread's cache.  The key that it has, which is another one where the thread
// was not in the handler that it seemed to be in.
[[gnu::cold, gnu::noinline]] std::uint64_t NewChain(ThreadBlock& block, LockSlot* slot, How how, std::uint64_t key,
                                                    const CallPlace& call);
// An episode ended that is new: held.PopTop() or held.EpisodeIsNew() returned true.
[[gnu::cold, gnu::noinline]] void NewEpisode(ThreadBlock& block);
// The thread, holding what it holds, waits for the end of one of `role`.
void NewJoin(ThreadBlock& block, std::uint32_t role, const CallPlace& call);

// Who a lock itself says has it.
struct SaidHolders {
  bool this_thread = false;
  std::uint32_t unnamed = 0;  // so many of which it does not say who they are
};
// A lock that is not the innermost one is released, or one that is not held.
[[gnu::cold, gnu::noinline]] void ReleaseOther(ThreadBlock& block, std::uintptr_t address, SaidHolders said,
                                               const CallPlace& call);

// A try that failed, a wait that timed out; a wait for what is no lock.
void RequestFailed(ThreadBlock& block, LockId lock, How how);
void Observed(ThreadBlock& block);
// At a barrier, or what is done once, which others learn by it, too.  By the calling thread, if it is known already.
void ObservedSomething();
// The thread was found on a stack that is not its own, nor that of its signal handlers.
[[gnu::cold, gnu::noinline]] void RunsOnOtherStack(ThreadBlock& block);
// A condition is signalled, or waited for, under what the thread holds.
void GuardsCondition(ThreadBlock& block);
// As before, of one that is signalled: many do so after they gave the mutex back.
void SignalsCondition(ThreadBlock& block);

// --- The fast path ------------------------------------------------------------------------------------

[[gnu::always_inline]] inline LockSlot* CachedLock(ThreadBlock& block, std::uintptr_t address) {
  const ThreadBlock::Cached& cached = block.CachedAt(address);
  return cached.IsStill(address) ? cached.slot : nullptr;
}

[[gnu::always_inline]] inline void PushLock(ThreadBlock& block, const LockSlot* slot, How how, std::uint64_t key,
                                            const CallPlace& call) {
  if (__builtin_expect(IsOnOtherStack(block, call), 0)) RunsOnOtherStack(block);
  const std::size_t depth = block.held.depth();
  block.held.Push(LockWord(slot->id, how), call.site, 0, key);
  if (__builtin_expect(depth < HeldLocks::kInlineDepth, 1)) {
    ThreadBlock::Beside& beside = block.beside[depth];
    if (call.IsWithin(block.stack_low, block.stack_high)) {
      FramesUpTo0(block, call, beside.above);
    } else {
      beside.above[0] = 0;
    }
    beside.again = 0;
  }
  if (__builtin_expect(HoldsAreTimed(), 0)) NoteTaken(block);
  ++block.acquisitions;
  block.given_last = 0;
}

// Takes a lock.  `try_now` returns EBUSY where `wait` would wait.
template <class Traits, class TryNow, class Wait>
[[gnu::always_inline]] inline int Take(std::uintptr_t address, How how, const CallPlace& call, Traits traits,
                                       TryNow try_now, Wait wait) {
  ThreadBlock* block = Enter();
  if (__builtin_expect(block == nullptr, 0)) return wait();
  if (__builtin_expect(IsInWait(*block), 0)) WaitInterrupted(*block);
  if (__builtin_expect(reinterpret_cast<std::uintptr_t>(call.frame) > block->lowest_lock_on_stack, 0)) {
    StackShrank(*block, reinterpret_cast<std::uintptr_t>(call.frame));
  }
  if (__builtin_expect(block->handled_signals != HandledSignals(), 0)) OtherSignalsHandled(*block, call);
  LockSlot* slot = CachedLock(*block, address);
  if (__builtin_expect(slot == nullptr, 0)) {
    slot = LookUpLock(*block, address, traits(), call);
    if (slot == nullptr) {
      CountLost();
      Leave(block);
      return wait();
    }
  }
  const How asked = how;
  how.bits |= slot->how.bits;
  if (__builtin_expect(block->watches_publication, 0)) how.bits |= PublicationOf(*block, *slot).bits;
  if (__builtin_expect(slot->special, 0)) {
    if (slot->guards_condition) Observed(*block);
    const int index = block->held.Find(slot->id);
    if (index >= 0 && slot->knows_holder && slot->SaysAtOnce(block->held.entry(static_cast<std::size_t>(index)).how)) {
      const int result = wait();
      const bool counted = static_cast<std::size_t>(index) < HeldLocks::kInlineDepth;
      if (result == 0 && counted) ++block->beside[index].again;
      if (result == 0 && !counted) CountLost();
      Leave(block);
      return result;
    }
  }
  std::uint64_t key = block->held.KeyOf(LockWord(slot->id, how), 0, call.site);
  if (how.kind() != Kind::kTrylock && __builtin_expect(!block->held.Known(key, how), 0)) {
    key = NewChain(*block, slot, how, key, call);
  }
  int result = __builtin_expect(slot->never_tried && how.kind() != Kind::kTrylock, 0) ? EBUSY : try_now();
  if (__builtin_expect(result == EBUSY && how.kind() != Kind::kTrylock, 0)) {
    const std::size_t depth = block->held.depth();
    BeginWait(*block, slot, how, call);
    Leave(block);
    result = wait();
    block = Enter();
    if (block == nullptr) return result;
    EndWait(*block);
    // A library that stands before the C library's function may take the lock by another one, which comes here.
    if (result == 0 && block->held.depth() == depth + 1 && block->held.TopIs(slot->id)) {
      Leave(block);
      return result;
    }
  }
  // Some thread ended with the lock: what it did lies before this.
  if (__builtin_expect(result != 0, 0) && (result == EOWNERDEAD || result == ENOTRECOVERABLE)) Observed(*block);
  if (__builtin_expect(result == 0 || result == EOWNERDEAD, 1)) {
    if (asked.kind() == Kind::kBlocking && slot->rules != LockSlot::Rules::kAny) {
      KeepStep(*block, slot, asked, how, key, call);
    }
    PushLock(*block, slot, how, key, call);
  } else if (how.kind() != Kind::kBlocking) {
    RequestFailed(*block, slot->id, how);
  }
  Leave(block);
  return result;
}

// Before the lock is given back.  `said()`: who the lock itself says has it.
template <class Said>
[[gnu::always_inline]] inline void Give(std::uintptr_t address, const CallPlace& call, Said said) {
  ThreadBlock* const block = Enter();
  if (__builtin_expect(block == nullptr, 0)) return;
  if (__builtin_expect(IsInWait(*block), 0)) WaitInterrupted(*block);
  const LockSlot* const slot = CachedLock(*block, address);
  if (__builtin_expect(slot != nullptr && block->held.TopIs(slot->id), 1)) {
    const std::size_t top = block->held.depth() - 1;
    if (__builtin_expect(slot->recursive && top < HeldLocks::kInlineDepth && block->beside[top].again > 0, 0)) {
      --block->beside[top].again;
    } else {
      if (__builtin_expect(block->watches_publication, 0)) StopWatchingPublication(*block);
      if (__builtin_expect(HoldsAreTimed(), 0)) NoteGiven(*block, top, call);
      block->given_last = slot->id;
      if (__builtin_expect(block->held.PopTop(), 0)) NewEpisode(*block);
    }
  } else {
    ReleaseOther(*block, address, said(), call);
  }
  Leave(block);
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_RECORDER_H_
