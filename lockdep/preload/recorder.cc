#include "lockdep/preload/recorder.h"

#include <pthread.h>

#include <atomic>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/declarations.h"
#include "lockdep/preload/hold_times.h"
#include "lockdep/preload/lock_words.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/roles.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/stack.h"

namespace lockdep::preload {
namespace {

constexpr std::uint32_t kSightingsMax = 8;  // of an episode, by threads

constinit std::atomic<std::uint32_t> no_locks{0};  // how many turned out to be none

std::uint64_t NoLockKey(LockId id) { return MixBits(id + 0xeb44accab455d165ULL, 0x9c6e6877736c46e3ULL); }

std::uint64_t ShapeOf(LockId id) {
  const LockSlot* const slot = FindLockById(id);
  return slot == nullptr ? 0 : slot->ShapeKey();
}

std::uint64_t ChainShape(const ThreadBlock& block, std::uint64_t wanted, How how, std::uintptr_t site) {
  std::uint64_t shape = block.held.role_seed();
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    const HeldLock& held = block.held.entry(i);
    shape = MixBits(shape ^ ShapeOf(held.lock) ^ held.how.bits, held.site ^ 0xe7037ed1a0b428dbULL);
  }
  return MixBits(shape ^ wanted ^ how.bits, site ^ 0x8ebc6af09c88c6e3ULL);
}

bool IsEvidence(const ThreadBlock& block, How how) { return block.held.depth() != 0 || how.counts_alone(); }
// Who joins a thread under a lock waits for what that thread takes with nothing held, too.
bool IsOfJoinOnly(const ThreadBlock& block, How how) {
  return !IsEvidence(block, how) && MayBeJoined(block.role) && how.kind() == Kind::kBlocking;
}
// That is told once for each lock and role; the lock says for which it was: the generation of the process, and a bit
// for each role.  Of roles that share a bit, one is told.
constexpr std::uint32_t kRolesInSlot = 16;
std::uint32_t ToldAloneNow(const LockSlot& slot) {
  const std::uint32_t told = slot.told_alone.load(std::memory_order_relaxed);
  const std::uint32_t none = ProcessGeneration() << kRolesInSlot;
  return (told ^ none) >> kRolesInSlot == 0 ? told : none;
}
std::uint32_t BitOfRole(std::uint32_t role) {
  return std::uint32_t{1} << (role - recording::kFirstRole) % kRolesInSlot;
}
bool IsToldAlone(const LockSlot& slot, std::uint32_t role) { return (ToldAloneNow(slot) & BitOfRole(role)) != 0; }
// REQUIRES: the recorder's lock.
void NoteToldAlone(LockSlot& slot, std::uint32_t role) {
  slot.told_alone.store(ToldAloneNow(slot) | BitOfRole(role), std::memory_order_relaxed);
}

// Whether another thread holds the lock, by what the lock says and by what was seen of that thread.
bool HeldByAnother(const ThreadBlock& block, const LockSlot& slot) {
  const int owner = OwnerOf(slot);
  if (owner == 0 || owner == block.tid.load(std::memory_order_relaxed)) return false;
  for (const ThreadBlock* other = FirstBlock(); other != nullptr; other = other->next) {
    if (other->tid.load(std::memory_order_relaxed) != owner) continue;
    for (std::size_t i = 0; i < other->held.depth(); ++i) {
      if (other->held.entry(i).lock == slot.id) return true;
    }
  }
  return false;
}

// How many threads were seen to take the lock and not to give it back.
std::uint32_t SeenHolders(const LockSlot* slot) {
  std::uint32_t count = 0;
  for (const ThreadBlock* block = slot == nullptr ? nullptr : FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_relaxed) == 0) continue;
    for (std::size_t i = 0; i < block->held.depth(); ++i) {
      if (block->held.entry(i).lock == slot->id) ++count;
    }
  }
  return count;
}

// A held lock is about to end, at the call.  REQUIRES: the recorder's lock.
void RecordIfHeld(ThreadBlock& block, LockSlot* slot, recording::Misuse misuse, const CallPlace& call,
                  const Stack& stack) {
  const int index = block.held.Find(slot->id, true);
  const bool held_elsewhere = index < 0 && HeldByAnother(block, *slot);
  if (index >= 0 || held_elsewhere) {
    const How how = index >= 0 ? block.held.entry(static_cast<std::size_t>(index)).how : How{};
    RecordMisuse(block, misuse, EntryAt(slot->id, how, block, call),
                 index >= 0 ? 0 : recording::MisuseRecord::kHeldElsewhere, stack);
  }
}

void ForgetHeld(ThreadBlock& block, std::size_t index) {
  for (std::size_t i = index + 1; i < block.held.depth() && i < HeldLocks::kInlineDepth; ++i) {
    block.beside[i - 1] = block.beside[i];
  }
  // Of what moves to the last place from beyond nothing is kept.
  if (block.held.depth() > HeldLocks::kInlineDepth && index < HeldLocks::kInlineDepth) {
    block.beside[HeldLocks::kInlineDepth - 1] = {};
  }
  block.held.Erase(index);
}

void EraseHeld(ThreadBlock& block, std::size_t index, const CallPlace& call) {
  if (HoldsAreTimed()) NoteGiven(block, index, call);
  ForgetHeld(block, index);
  if (block.held.EpisodeIsNew()) NewEpisode(block);
}

// What the thread still seems to hold, though it is no lock.  Whether there was something.
bool LetGoOfNoLocks(ThreadBlock& block, const CallPlace& call) {
  const std::uint32_t count = no_locks.load(std::memory_order_acquire);
  if (count == block.no_locks_seen) return false;
  block.no_locks_seen = count;
  bool some = false;
  for (std::size_t i = block.held.depth(); i > 0; --i) {
    if (!IsNoLock(block.held.entry(i - 1).lock)) continue;
    EraseHeld(block, i - 1, call);
    some = true;
  }
  return some;
}

bool OnOwnStack(const ThreadBlock& block, std::uintptr_t key) {
  const std::uintptr_t address = key & ~kGateKey;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  // A coroutine has another stack, wherever that lies.
  const bool is_own = here >= block.stack_low && here < block.stack_high;
  return is_own && address > here && address < block.stack_high;
}

void NoteStackLock(ThreadBlock& block, std::uintptr_t key) {
  const std::uintptr_t address = key & ~kGateKey;
  for (std::uintptr_t& each : block.locks_on_stack) {
    if (each != 0 && each != key) continue;
    each = key;
    if (address < block.lowest_lock_on_stack) block.lowest_lock_on_stack = address;
    block.FindQuickCalls();
    return;
  }
  // No room: its end will not be seen, as is so for any lock that no init function was called for.
}

// From now on, who takes the lock may learn by it what others did before.
void NoteSecondThread(LockSlot& slot) {
  const recording::RecordingHeader* const header = Header();
  if (header == nullptr || slot.others_process.load(std::memory_order_relaxed) == ProcessGeneration()) return;
  const ColdSection section;
  if (slot.others_process.load(std::memory_order_relaxed) == ProcessGeneration()) return;
  slot.others_since.store(static_cast<std::uint32_t>(header->used), std::memory_order_relaxed);
  slot.others_process.store(ProcessGeneration(), std::memory_order_relaxed);
}

// What the lock itself says is free, or another thread's: it was made anew, by assignment.
bool IsStale(const ThreadBlock& block, const LockSlot& slot) {
  return SaysItIsFree(slot) || HeldByAnother(block, slot);
}

// What gave it back was not seen: that it was held before is no proof of anything.  REQUIRES: the recorder's lock.
void NoteGivenBackUnseen(ThreadBlock& block, std::size_t index) {
  LockSlot* const slot = FindLockById(block.held.entry(index).lock);
  if (slot != nullptr) slot->given_by_others = true;
  CountLost();
  Stack none;
  RecordMisuse(block, recording::Misuse::kUnbalancedUnlock, EntryOf(block, index), recording::MisuseRecord::kUncertain,
               none);
}

// What the thread only seems to hold.  The lock that it asks for is looked at, for the program does so next; others
// in the child of a fork, where all memory is as it was.  Whether there was something.
bool LetGoOfStale(ThreadBlock& block, const LockSlot& wanted, const CallPlace& call) {
  bool some = false;
  for (std::size_t i = block.held.depth(); i > 0; --i) {
    const LockId id = block.held.entry(i - 1).lock;
    if (id != wanted.id && !block.holds_from_before_fork) continue;
    const LockSlot* slot = &wanted;
    if (id != wanted.id) {
      const ColdSection section;
      slot = FindLockById(id);
    }
    if (slot == nullptr || slot->knows_holder || !IsStale(block, *slot)) continue;
    block.held.MarkEpisodeIncomplete();
    if (!block.holds_from_before_fork) {
      const ColdSection section;
      NoteGivenBackUnseen(block, i - 1);
    }
    EraseHeld(block, i - 1, call);
    some = true;
  }
  if (block.held.depth() == 0) block.holds_from_before_fork = false;
  return some;
}

// What was given back by ways that do not lead through the recorder: a library that was loaded so that it looks for
// functions in its own files first, a function that was looked up in the C library's file.  Whether there was
// something.  In the child of a fork, words name the parent's thread.
bool LetGoOfGivenBack(ThreadBlock& block, const CallPlace& call) {
  if (block.holds_from_before_fork) return false;
  bool some = false;
  for (std::size_t i = block.held.depth(); i > 0; --i) {
    {
      const HeldLock& held = block.held.entry(i - 1);
      const ColdSection section;
      const LockSlot* const slot = FindLockById(held.lock);
      if (slot == nullptr || !SaysItWasGivenBack(*slot, held.how.mode(), block.tid.load())) continue;
      NoteGivenBackUnseen(block, i - 1);
    }
    block.held.MarkEpisodeIncomplete();
    EraseHeld(block, i - 1, call);
    some = true;
  }
  return some;
}

}  // namespace

void ForgetSharedAfterFork(ThreadBlock& block) {
  for (std::size_t i = block.held.depth(); i > 0; --i) {
    const LockSlot* const slot = FindLockById(block.held.entry(i - 1).lock);
    if (slot == nullptr || (slot->flags & recording::LockRecord::kShared) == 0) continue;
    ForgetHeld(block, i - 1);
  }
  block.holds_from_before_fork = block.held.depth() != 0;
  if (block.holds_from_before_fork) {
    block.held.MarkEpisodeIncomplete();
  } else {
    block.held.RememberEpisode();
  }
}

void LookAtLoader() {
  // A handler that forks may do without: its thread is inside already.
  if (!TakeLoaderLook()) return;
  const bool unmapped = LookAtModules();
  ReturnLoaderLook();
  if (!unmapped) return;
  const ColdSection section;
  RecordModules();
  ForEachModule([](const Module& module) {
    if (module.end != 0 && !module.here) ForLocksIn(module.begin, module.end, EndLock);
  });
  DropUnloaded();
}

LockSlot* LookUpLock(ThreadBlock& block, std::uintptr_t address, const LockTraits& traits, const CallPlace& call) {
  LockSlot* slot = FindLock(address);
  if (slot == nullptr) {
    recording::Where birth{call.site, {}};
    FramesAbove(block, call, birth.above);
    const bool on_stack = OnOwnStack(block, address);
    const ColdSection section;
    slot = FindLockExactly(address);
    if (slot == nullptr) {
      LockTraits all = traits;
      if (on_stack) all.flags |= recording::LockRecord::kOnStack;
      slot = AddLock(address, all, birth, block.serial);
      if (slot == nullptr) return nullptr;
      if (Header() != nullptr) Add(Header()->locks, 1);
      if (on_stack) NoteStackLock(block, address);
      UseDeclarations(*slot);
      WatchPublication(block, slot->Place());
    }
  }
  if (slot->maker != block.serial && (slot->how.bits & recording::HeldEntry::kNew) != 0) {
    const auto used_by_others = static_cast<std::uint16_t>(slot->how.bits & ~recording::HeldEntry::kNew);
    __atomic_store_n(&slot->how.bits, used_by_others, __ATOMIC_RELAXED);
  }
  if (slot->maker != block.serial) NoteSecondThread(*slot);
  block.CachedAt(address) = {address, slot->LiveWord(), slot};
  return slot;
}

void LockBorn(ThreadBlock& block, std::uintptr_t address, const LockTraits& traits, const CallPlace& call) {
  recording::Where birth{call.site, {}};
  FramesAbove(block, call, birth.above);
  const bool on_stack = OnOwnStack(block, address);
  const ColdSection section;
  LockSlot* const before = FindLockExactly(address);
  if (before != nullptr) EndLock(before);
  DropDeclarations(address, address + 1);
  LockTraits all = traits;
  // Where its memory ends unseen, another lock may come to lie there without an init function, and be taken for it.
  if (on_stack || FreesComeHere()) all.flags |= recording::LockRecord::kInitSeen;
  if (on_stack) all.flags |= recording::LockRecord::kOnStack;
  if (AddLock(address, all, birth, block.serial) == nullptr) return;
  if (Header() != nullptr) Add(Header()->locks, 1);
  if (on_stack) NoteStackLock(block, address);
  if ((traits.flags & recording::LockRecord::kShared) != 0) return;  // others may reach it by other memory
  NoteMade(block, address, 1);
  WatchPublication(block, address);
}

void LockGone(ThreadBlock& block, std::uintptr_t address) {
  const ColdSection section;
  LockSlot* const slot = FindLockExactly(address);
  if (slot == nullptr) return;
  if (const int index = block.held.Find(slot->id); index >= 0) TurnsOutNoLock(slot);
  if (slot->address.load(std::memory_order_relaxed) != 0) EndLock(slot);
}

void TurnsOutNoLock(LockSlot* slot) {
  RecordNoLock(*slot);
  recorded_chains.Count(NoLockKey(slot->id));
  if ((slot->flags & recording::LockRecord::kGate) != 0) {
    slot->inside.store(LockSlot::kNoGate);  // it stays, so that nobody takes it for a new one
  } else {
    EndLock(slot);
  }
  no_locks.fetch_add(1, std::memory_order_release);
}

bool IsNoLock(LockId id) { return recorded_chains.Find(NoLockKey(id)) != 0; }

void LockDestroyed(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  Stack stack;
  const LockSlot* const known = FindLock(address);
  if (known != nullptr && block.held.Find(known->id, true) >= 0) {
    LetGoOfGivenBack(block, call);
    WalkStack(call.site, stack);
  }
  const ColdSection section;
  LockSlot* const slot = FindLockExactly(address);
  if (slot == nullptr) return;
  RecordIfHeld(block, slot, recording::Misuse::kDestroyedWhileHeld, call, stack);
  EndLock(slot);
  NoteUnmade(block, address, 1);
}

void LockDestroyRefused(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader(block, FindLock(address));
  const ColdSection section;
  LockSlot* const slot = FindLockExactly(address);
  if (slot != nullptr) RecordIfHeld(block, slot, recording::Misuse::kDestroyedWhileHeld, call, stack);
}

void MemoryEnds(ThreadBlock& block, std::uintptr_t begin, std::size_t bytes, const CallPlace& call) {
  Stack stack;
  // Walked only if it will be wanted, and not under the lock.
  if (block.held.depth() != 0) {
    LetGoOfGivenBack(block, call);
    WalkStack(call.site, stack);
  }
  const ColdSection section;
  ForLocksIn(begin, begin + bytes, [&](LockSlot* slot) {
    if (!slot->IsSemaphoreOrGate()) RecordIfHeld(block, slot, recording::Misuse::kFreedWhileHeld, call, stack);
    EndLock(slot);
  });
  NoteUnmade(block, begin, bytes);
  DropDeclarations(begin, begin + bytes);
}

void StackShrank(ThreadBlock& block, std::uintptr_t frame) {
  if (frame < block.stack_low || frame >= block.stack_high) return;  // a call from another stack
  const ColdSection section;
  block.lowest_lock_on_stack = ~std::uintptr_t{0};
  for (std::uintptr_t& key : block.locks_on_stack) {
    if (key == 0) continue;
    const std::uintptr_t address = key & ~kGateKey;
    LockSlot* const slot = FindLockExactly(key);
    const bool held = slot != nullptr && block.held.Find(slot->id, true) >= 0;
    if (slot != nullptr && (address >= frame || held)) {
      if (address >= frame && address < block.lowest_lock_on_stack) block.lowest_lock_on_stack = address;
      continue;
    }
    if (slot != nullptr) EndLock(slot);
    key = 0;
  }
  block.FindQuickCalls();
}

std::uint64_t NewChain(ThreadBlock& block, LockSlot* slot, How how, std::uint64_t key, const CallPlace& call) {
  if (HandledSignals() == 0 && IsOfJoinOnly(block, how) && IsToldAlone(*slot, block.role)) {
    block.held.Remember(key);
    return key;
  }
  const SignalState signals = SignalsNow(block, call);
  const bool no_locks_let_go = LetGoOfNoLocks(block, call);
  const bool let_go = LetGoOfStale(block, *slot, call) || no_locks_let_go;
  if (HandledSignals() != 0 || let_go) key = block.held.KeyOf(LockWord(slot->id, how), 0, call.site);
  // What signals can find held is evidence, too.
  const bool of_join_only = IsOfJoinOnly(block, how);
  const bool matters = IsEvidence(block, how) || of_join_only || signals.open != 0 || signals.signal != 0;
  const bool is_known = !matters || recorded_chains.Find(key) != 0;
  if (is_known) {
    block.held.Remember(key);
    return key;
  }
  if (LetGoOfGivenBack(block, call)) {
    return NewChain(block, slot, how, block.held.KeyOf(LockWord(slot->id, how), 0, call.site), call);
  }
  std::uint64_t shape = 0;
  {
    const ColdSection section;
    shape = ChainShape(block, slot->ShapeKey(), how, call.site);
    if (HandledSignals() != 0) shape = MixBits(shape ^ signals.open, signals.signal + 0x2d358dccaa6c78a5ULL);
    if (recorded_shapes.Find(shape) >= recording::kInstancesPerShape) {
      if (IsEvidence(block, how)) CountCapped();
      if (of_join_only) NoteToldAlone(*slot, block.role);
      block.held.Remember(key);  // numbers of locks are never used again
      return key;
    }
  }
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader(block, slot);
  {
    const ColdSection section;
    if (recorded_chains.Count(key) == 1) {
      recorded_shapes.Count(shape);
      RecordLock(*slot);
      RecordChain(block, {EntryAt(slot->id, how, block, call), 0, signals}, stack);
    }
    if (of_join_only) NoteToldAlone(*slot, block.role);
  }
  block.held.Remember(key);
  return key;
}

void NewJoin(ThreadBlock& block, std::uint32_t role, const CallPlace& call) {
  if (block.held.depth() == 0) return;
  const std::uint64_t key = block.held.KeyOf(LockWord(role, How{0x8000}), 0, call.site);
  if (recorded_chains.Find(key) != 0) return;
  if (LetGoOfGivenBack(block, call)) return NewJoin(block, role, call);
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader(block);
  const ColdSection section;
  if (recorded_chains.Count(key) != 1) return;
  RecordRole(role);
  RecordChain(block, {EntryAt(role, How{}, block, call), recording::kOfJoin, {}}, stack);
}

void NewEpisode(ThreadBlock& block) {
  const std::uint64_t key = MixBits(block.held.episode_hash() ^ 0xd6e8feb86659fd93ULL, block.held.role_seed());
  if (recorded_episodes.Find(key) >= kSightingsMax) {
    block.held.RememberEpisode();
    return;
  }
  HeldLocks::Episode& episode = block.episode;
  block.held.ListEpisode(episode);
  std::uint32_t failed = 0;
  {
    const ColdSection section;
    std::uint64_t shape = block.held.role_seed() ^ 0xa0761d6478bd642fULL;
    for (std::size_t i = 0; i < episode.length; ++i) {
      const EpisodeOp& op = episode.ops[i];
      if (op.op == EpisodeOpKind::kTryFailed) ++failed;
      shape = MixBits(shape ^ ShapeOf(op.lock) ^ op.how.bits, static_cast<std::uint64_t>(op.op) + shape);
    }
    if (recorded_episodes.Find(key) == 0 && recorded_shapes.Count(shape) > recording::kInstancesPerShape) {
      CountCapped();
    } else if (recorded_episodes.Count(key) <= kSightingsMax) {
      std::uint16_t flags = 0;
      const bool first_tries = failed != 0 && failed == block.failed_tries && block.has_past_before_try;
      if (first_tries && block.pasts_opened_seen == PastsOpened()) flags |= recording::kTryIsOwn;
      RecordEpisode(block, episode, flags);
    }
  }
  block.held.RememberEpisode();
}

void ReleaseOther(ThreadBlock& block, std::uintptr_t address, SaidHolders said, const CallPlace& call) {
  LockSlot* slot = FindLock(address);
  if (slot == nullptr) {
    const ColdSection section;
    slot = FindLockExactly(address);
  }
  const int index = slot == nullptr ? -1 : block.held.Find(slot->id);
  if (index >= 0) {
    block.given_last = slot->id;
    const auto at = static_cast<std::size_t>(index);
    if (slot->recursive && at < HeldLocks::kInlineDepth && block.beside[at].again > 0) {
      --block.beside[at].again;
    } else if (at + 1 == block.held.depth()) {
      if (HoldsAreTimed()) NoteGiven(block, at, call);
      if (block.held.PopTop()) NewEpisode(block);
    } else {
      EraseHeld(block, at, call);
    }
    return;
  }
  NoteRelease(block);
  if (slot != nullptr && (slot->left_by_fork || !slot->given_by_others)) {
    const ColdSection section;
    slot->left_by_fork = false;  // what another thread took is given back
    slot->given_by_others = true;
  }
  // One that knows its holder refuses, and does nothing.
  if (slot != nullptr && slot->knows_holder && !slot->knows_only_writer) return;
  const recording::RecordingHeader* const header = Header();
  const bool has_unseen = said.this_thread || (said.unnamed != 0 && said.unnamed > SeenHolders(slot));
  if (has_unseen || header == nullptr) {
    CountLost();  // it was taken unseen
    return;
  }
  const bool may_be_unseen = __atomic_load_n(&header->lost_events, __ATOMIC_RELAXED) != 0;
  if (may_be_unseen) CountLost();
  if (slot == nullptr) slot = LookUpLock(block, address, {}, call);
  if (slot == nullptr) return;
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader(block, slot);
  const ColdSection section;
  RecordMisuse(block, recording::Misuse::kUnbalancedUnlock, EntryAt(slot->id, How{}, block, call),
               may_be_unseen ? recording::MisuseRecord::kUncertain : 0, stack);
}

void Observed(ThreadBlock& block) {
  block.past_open = true;
  block.has_past_before_try = false;
}

namespace {

// Each thread asks once for each lock, as far as its cache goes: what is kept for all would grow with the locks.
void GuardsCondition(ThreadBlock& block, LockId id) {
  const std::uint64_t key = MixBits(id + 0x9e3779b97f4a7c15ULL, ProcessGeneration() ^ 0xe7037ed1a0b428dbULL);
  if (block.held.Known(key, How{}.with_tracked())) return;
  block.held.Remember(key);
  const ColdSection section;
  LockSlot* const slot = FindLockById(id);
  if (slot == nullptr || slot->IsSemaphoreOrGate() || slot->guards_condition) return;
  slot->guards_condition = true;
  slot->special = true;
  slot->FindRules();
  // Before this was known, too.
  if (slot->others_process.load(std::memory_order_relaxed) == ProcessGeneration()) {
    OpenPastsSince(slot->others_since.load(std::memory_order_relaxed));
  }
}

}  // namespace

void GuardsCondition(ThreadBlock& block) {
  for (std::size_t i = 0; i < block.held.depth(); ++i) GuardsCondition(block, block.held.entry(i).lock);
}

void SignalsCondition(ThreadBlock& block) {
  NoteRelease(block);
  GuardsCondition(block);
  if (block.given_last != 0) GuardsCondition(block, block.given_last);
}

void RunsOnOtherStack(ThreadBlock& block) {
  const std::uint32_t process = ProcessGeneration();
  if (block.role_of_several_stacks == block.role && block.process_of_several_stacks == process) return;
  if (IsOnSignalStack()) return;
  const ColdSection section;
  RecordSeveralStacks(block.role);
  block.role_of_several_stacks = block.role;
  block.process_of_several_stacks = process;
}

void ObservedSomething() {
  if (!IsBlock(current_block)) return;  // the unwinder itself does things once
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  Observed(*block);
  NoteRelease(*block);
  Leave(block);
}

void RequestFailed(ThreadBlock& block, LockId lock, How how) {
  if (block.held.depth() == 0) {
    if (!block.past_open) Observed(block);
  } else if (!block.past_open) {
    block.has_past_before_try = true;
    block.past_open = true;
  }
  ++block.failed_tries;
  block.held.NoteOperation({lock, how, EpisodeOpKind::kTryFailed});
}

}  // namespace lockdep::preload
