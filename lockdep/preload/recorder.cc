#include "lockdep/preload/recorder.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/hang_watch.h"
#include "lockdep/preload/key_table.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/stack.h"

namespace lockdep::preload {
namespace {

using recording::RecordType;

constexpr std::uint32_t kSightingsMax = 8;        // of an episode, by threads
constexpr std::uint32_t kThreadsTracked = 65536;  // of whom it is recorded who started them, and when
constexpr std::uint32_t kRolesMax = 4096;
constexpr std::uint32_t kFirstRole = recording::kForeignRole + 1;

struct Role {
  std::uint64_t key;
  std::uintptr_t routine;
  std::uint32_t recorded;
  std::uint32_t frames;
  std::uint64_t stack[kFramesMax];
};

constinit std::atomic<std::uint32_t> joins_with_locks{0};  // joins that are under way, by threads that hold something
constinit std::atomic<int> start_state{0};                 // 1: under way, 2: records, 3: does not

// Guarded by the recorder's lock; the tables are read without it.
constinit KeyTable chains;    // that are recorded
constinit KeyTable episodes;  // that are recorded, with how often they were seen
constinit KeyTable shapes;    // of chains and episodes, with how many instances
constinit Role* roles[kRolesMax] = {};
constinit std::uint32_t role_count = 0;
constinit std::uint32_t built_in_roles_recorded = 0;
constinit std::uint32_t last_thread = 0;  // number, in this generation of the process

// Of the thread that forks, which is busy meanwhile: a handler on it must not wait for the lock that it holds.  It may
// be a handler that forks, and have found the thread busy.
constinit ThreadBlock* forking_mark = nullptr;   // current_block of before
constinit ThreadBlock* forking_block = nullptr;  // the thread's own block, if it has one
constinit bool fork_keeps_loader_out = false;

// All that the thread does is new again.
void ForgetKnown(ThreadBlock& block) {
  block.held.ForgetEpisodes();
  // No chain has such a key.
  for (std::uint64_t key = 0; key < HeldLocks::kCacheSlots; ++key) block.held.Remember(key);
}

void BeforeFork() {
  ThreadBlock* const mark = current_block;
  current_block = BusyMark();
  // No thread of ours may be inside the loader, whose lock the child would find taken.
  const bool loader_kept_out = TakeLoaderLook();
  TakeRecorderLock();
  fork_keeps_loader_out = loader_kept_out;
  forking_mark = mark;
  forking_block = IsBlock(mark) ? mark : BlockOfThisThread();
}
void EndFork() {
  ThreadBlock* const mark = forking_mark;
  const bool loader_kept_out = fork_keeps_loader_out;
  ReturnRecorderLock();
  if (loader_kept_out) ReturnLoaderLook();
  current_block = mark;
}
void AfterForkInParent() { EndFork(); }
// What the child records is about itself: it shares no lock with its parent, but by shared memory.
void AfterForkInChild() {
  LeaveParentsRecording();
  chains.Clear();
  episodes.Clear();
  shapes.Clear();
  last_thread = 0;
  ForEachModule([](Module& module) { module.recorded = false; });
  ForgetThreadsBut(forking_block);
  if (forking_block != nullptr) ForgetKnown(*forking_block);
  EndFork();
}

// --- Records.  REQUIRES: the recorder's lock is held. ------------------------------------------------

void RecordModules() {
  ForEachModule([](Module& module) {
    const bool unloaded = module.end != 0 && !module.here;
    if (module.end == 0 || (module.recorded && !unloaded) || (!module.recorded && unloaded)) return;
    const std::size_t path_bytes = std::strlen(module.path);
    auto* const record = ReserveRecord<recording::ModuleRecord>(
        RecordType::kModule, unloaded ? recording::ModuleRecord::kUnloaded : 0, module.build_id_bytes + path_bytes);
    if (record == nullptr) return;
    record->bias = module.bias;
    record->begin = module.begin;
    record->end = module.end;
    record->build_id_bytes = static_cast<std::uint32_t>(module.build_id_bytes);
    record->path_bytes = static_cast<std::uint32_t>(path_bytes);
    auto* const text = reinterpret_cast<unsigned char*>(record + 1);
    std::memcpy(text, module.build_id, module.build_id_bytes);
    std::memcpy(text + module.build_id_bytes, module.path, path_bytes);
    Commit(record);
    module.recorded = true;
  });
}

void RecordLock(LockSlot& slot) {
  if (slot.recorded == ProcessGeneration()) return;
  RecordModules();
  auto* const record = ReserveRecord<recording::LockRecord>(RecordType::kLock, slot.flags);
  if (record == nullptr) return;
  record->address = slot.address.load(std::memory_order_relaxed);
  record->id = slot.id;
  record->type = static_cast<std::uint32_t>(slot.type);
  record->birth = slot.birth;
  Commit(record);
  slot.recorded = ProcessGeneration();
}

// One that is gone, though a thread still holds it.
void RecordLockById(LockId id) {
  if (LockSlot* const slot = FindLockById(id); slot != nullptr) RecordLock(*slot);
}

void RecordRole(std::uint32_t id) {
  if (id < kFirstRole) {
    if (built_in_roles_recorded == ProcessGeneration()) return;
    for (const std::uint32_t built_in : {recording::kMainRole, recording::kForeignRole}) {
      auto* const record = ReserveRecord<recording::RoleRecord>(RecordType::kRole);
      if (record == nullptr) return;
      record->id = built_in;
      Commit(record);
    }
    built_in_roles_recorded = ProcessGeneration();
    return;
  }
  Role& role = *roles[id - kFirstRole];
  if (role.recorded == ProcessGeneration()) return;
  RecordModules();
  auto* const record = ReserveRecord<recording::RoleRecord>(RecordType::kRole, 0, role.frames * sizeof(std::uint64_t));
  if (record == nullptr) return;
  record->id = id;
  record->frames = role.frames;
  record->start_routine = role.routine;
  std::memcpy(record + 1, role.stack, role.frames * sizeof(std::uint64_t));
  Commit(record);
  role.recorded = ProcessGeneration();
}

void RecordThread(std::uint32_t number, std::uint32_t role, std::uint16_t flags, const ThreadBlock* creator) {
  RecordRole(role);
  auto* const record = ReserveRecord<recording::ThreadRecord>(RecordType::kThread, flags);
  if (record == nullptr) return;
  record->number = number;
  record->role = role;
  record->creator = creator == nullptr ? 0 : creator->number;
  record->creator_marks = creator == nullptr ? 0 : creator->marks;
  Commit(record);
}

// The thread has a number in this process.
void NumberThread(ThreadBlock& block) {
  if (block.number != 0 && block.process == ProcessGeneration()) return;
  block.process = ProcessGeneration();
  block.number = ++last_thread;
  block.marks = 0;
  // The first thread of a process is there from the start; so is the one that is left after a fork.
  const bool from_start = block.tid.load(std::memory_order_relaxed) == static_cast<int>(getpid());
  RecordThread(block.number, block.role, from_start ? recording::ThreadRecord::kOriginKnown : 0, nullptr);
}

void RecordHeld(const ThreadBlock& block, std::size_t without = ~std::size_t{0}) {
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    if (i != without) RecordLockById(block.held.entry(i).lock);
  }
}

recording::HeldEntry EntryOf(const ThreadBlock& block, std::size_t index) {
  const HeldLock& held = block.held.entry(index);
  recording::HeldEntry entry{held.lock, held.how.bits, 0, {held.site, {}}};
  if (index < HeldLocks::kInlineDepth) {
    std::memcpy(entry.where.above, block.beside[index].above, sizeof entry.where.above);
  }
  return entry;
}

std::uint16_t PastFlags(const ThreadBlock& block) { return block.past_open ? recording::kPastOpen : 0; }

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

struct ChainToRecord {
  recording::HeldEntry wanted;
  std::uint16_t flags = 0;
};

// REQUIRES: the recorder's lock.
void RecordChain(ThreadBlock& block, const ChainToRecord& chain, const Stack& stack) {
  RecordModules();
  NumberThread(block);
  RecordHeld(block);
  const std::size_t held = block.held.depth();
  auto* const record = ReserveRecord<recording::ChainRecord>(
      RecordType::kChain, static_cast<std::uint16_t>(chain.flags | PastFlags(block)),
      held * sizeof(recording::HeldEntry) + stack.count * sizeof(std::uint64_t));
  if (record == nullptr) return;
  record->thread = block.number;
  record->marks = block.marks;
  record->held = static_cast<std::uint32_t>(held);
  record->frames = static_cast<std::uint32_t>(stack.count);
  record->wanted = chain.wanted;
  auto* const entries = reinterpret_cast<recording::HeldEntry*>(record + 1);
  for (std::size_t i = 0; i < held; ++i) entries[i] = EntryOf(block, i);
  std::memcpy(entries + held, stack.frames, stack.count * sizeof(std::uint64_t));
  Commit(record);
  Add(Header()->chains, 1);
}

void RecordMisuse(ThreadBlock& block, recording::Misuse misuse, const recording::HeldEntry& lock, std::uint16_t flags,
                  const Stack& stack) {
  const std::uint64_t key =
      MixBits(lock.lock ^ static_cast<std::uint64_t>(misuse) << 32 ^ 0x1d8e4e27c47d124fULL, lock.where.site);
  if (chains.Count(key) > 1) return;
  RecordModules();
  NumberThread(block);
  RecordHeld(block);
  RecordLockById(lock.lock);
  const std::size_t held = block.held.depth();
  auto* const record = ReserveRecord<recording::MisuseRecord>(
      RecordType::kMisuse, flags, held * sizeof(recording::HeldEntry) + stack.count * sizeof(std::uint64_t));
  if (record == nullptr) return;
  record->misuse = misuse;
  record->thread = block.number;
  record->held = static_cast<std::uint32_t>(held);
  record->frames = static_cast<std::uint32_t>(stack.count);
  record->lock = lock;
  auto* const entries = reinterpret_cast<recording::HeldEntry*>(record + 1);
  for (std::size_t i = 0; i < held; ++i) entries[i] = EntryOf(block, i);
  std::memcpy(entries + held, stack.frames, stack.count * sizeof(std::uint64_t));
  Commit(record);
}

recording::HeldEntry EntryAt(LockId lock, How how, const ThreadBlock& block, const CallPlace& call) {
  recording::HeldEntry entry{lock, how.bits, 0, {call.site, {}}};
  FramesAbove(block, call, entry.where.above);
  return entry;
}

// The mutex at the lock's address; null if it is of another type.
const pthread_mutex_t* MutexAt(const LockSlot& slot) {
  const bool is_mutex = slot.type == LockType::kMutex || slot.type == LockType::kRecursiveMutex;
  if (!is_mutex || (slot.flags & recording::LockRecord::kStream) != 0) return nullptr;
  return reinterpret_cast<const pthread_mutex_t*>(slot.address.load(std::memory_order_relaxed));
}

// Whether another thread holds the lock, by what the lock says and by what was seen of that thread.
bool HeldByAnother(const ThreadBlock& block, const LockSlot& slot) {
  const pthread_mutex_t* const mutex = MutexAt(slot);
  if (mutex == nullptr || mutex->__data.__owner == 0 || mutex->__data.__owner == block.tid.load()) return false;
  for (const ThreadBlock* other = FirstBlock(); other != nullptr; other = other->next) {
    if (other->tid.load(std::memory_order_relaxed) != mutex->__data.__owner) continue;
    for (std::size_t i = 0; i < other->held.depth(); ++i) {
      if (other->held.entry(i).lock == slot.id) return true;
    }
  }
  return false;
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

void EraseHeld(ThreadBlock& block, std::size_t index) {
  for (std::size_t i = index + 1; i < block.held.depth() && i < HeldLocks::kInlineDepth; ++i) {
    block.beside[i - 1] = block.beside[i];
  }
  block.held.Erase(index);
  if (block.held.EpisodeIsNew()) NewEpisode(block);
}

bool OnOwnStack(const ThreadBlock& block, std::uintptr_t address) {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return address > here && address < block.stack_high;
}

// The end of what lies with a thread's stack: on x86-64 its thread-local objects, up to what pthread_self points to.
std::uintptr_t OwnMemoryEnd(const ThreadBlock& block) {
#if defined(__x86_64__)
  const auto self = static_cast<std::uintptr_t>(block.handle);
  if (self > block.stack_high && self - block.stack_high < (std::uintptr_t{1} << 20)) return self;
#endif
  return block.stack_high;
}

void NoteStackLock(ThreadBlock& block, std::uintptr_t address) {
  for (std::uintptr_t& each : block.locks_on_stack) {
    if (each != 0 && each != address) continue;
    each = address;
    if (address < block.lowest_lock_on_stack) block.lowest_lock_on_stack = address;
    return;
  }
  // No room: its end will not be seen, as is so for any lock that no init function was called for.
}

}  // namespace

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

bool StartRecorder() {
  int state = start_state.load(std::memory_order_acquire);
  if (__builtin_expect(state >= 2, 1)) return state == 2;
  if (!start_state.compare_exchange_strong(state, 1)) return false;  // under way, by this thread or another one
  LookUpReal();
  DefaultStackBytes();
  OpenRecording();
  const bool records = Header() != nullptr;
  if (records) pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
  start_state.store(records ? 2 : 3, std::memory_order_release);
  if (records) LookAtLoader();
  return records;
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
      slot = AddLock(address, all, birth);
      if (slot == nullptr) return nullptr;
      if (Header() != nullptr) Add(Header()->locks, 1);
      if (on_stack) NoteStackLock(block, address);
    }
  }
  block.cache[(address >> 3 ^ address >> 11) % ThreadBlock::kCacheSlots] = {address, slot};
  return slot;
}

void LockBorn(ThreadBlock& block, std::uintptr_t address, const LockTraits& traits, const CallPlace& call) {
  recording::Where birth{call.site, {}};
  FramesAbove(block, call, birth.above);
  const bool on_stack = OnOwnStack(block, address);
  const ColdSection section;
  LockSlot* const before = FindLockExactly(address);
  if (before != nullptr) EndLock(before);
  LockTraits all = traits;
  all.flags |= recording::LockRecord::kInitSeen;
  if (on_stack) all.flags |= recording::LockRecord::kOnStack;
  if (AddLock(address, all, birth) == nullptr) return;
  if (Header() != nullptr) Add(Header()->locks, 1);
  if (on_stack) NoteStackLock(block, address);
}

void LockDestroyed(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  Stack stack;
  const LockSlot* const known = FindLock(address);
  if (known != nullptr && block.held.Find(known->id, true) >= 0) WalkStack(call.site, stack);
  const ColdSection section;
  LockSlot* const slot = FindLockExactly(address);
  if (slot == nullptr) return;
  RecordIfHeld(block, slot, recording::Misuse::kDestroyedWhileHeld, call, stack);
  EndLock(slot);
}

void LockDestroyRefused(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader();
  const ColdSection section;
  LockSlot* const slot = FindLockExactly(address);
  if (slot != nullptr) RecordIfHeld(block, slot, recording::Misuse::kDestroyedWhileHeld, call, stack);
}

void MemoryEnds(ThreadBlock& block, std::uintptr_t begin, std::size_t bytes, const CallPlace& call) {
  Stack stack;
  // Walked only if it will be wanted, and not under the lock.
  if (block.held.depth() != 0) WalkStack(call.site, stack);
  const ColdSection section;
  ForLocksIn(begin, begin + bytes, [&](LockSlot* slot) {
    RecordIfHeld(block, slot, recording::Misuse::kFreedWhileHeld, call, stack);
    EndLock(slot);
  });
}

void StackShrank(ThreadBlock& block, std::uintptr_t frame) {
  if (frame < block.stack_low || frame >= block.stack_high) return;  // a call from another stack
  const ColdSection section;
  block.lowest_lock_on_stack = ~std::uintptr_t{0};
  for (std::uintptr_t& address : block.locks_on_stack) {
    if (address == 0) continue;
    LockSlot* const slot = FindLockExactly(address);
    const bool held = slot != nullptr && block.held.Find(slot->id, true) >= 0;
    if (slot != nullptr && (address >= frame || held)) {
      if (address >= frame && address < block.lowest_lock_on_stack) block.lowest_lock_on_stack = address;
      continue;
    }
    if (slot != nullptr) EndLock(slot);
    address = 0;
  }
}

void NewChain(ThreadBlock& block, LockSlot* slot, How how, std::uint64_t key, const CallPlace& call) {
  if (chains.Find(key) != 0) {
    block.held.Remember(key);
    return;
  }
  // Alone, only a writer is evidence: it can queue between readers.
  if (block.held.depth() == 0 && IsShared(how.mode())) {
    block.held.Remember(key);
    return;
  }
  std::uint64_t shape = 0;
  {
    const ColdSection section;
    shape = ChainShape(block, slot->ShapeKey(), how, call.site);
    if (shapes.Find(shape) >= recording::kInstancesPerShape) {
      CountCapped();
      block.held.Remember(key);  // numbers of locks are never used again
      return;
    }
  }
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader();
  {
    const ColdSection section;
    if (chains.Count(key) == 1) {
      shapes.Count(shape);
      RecordLock(*slot);
      RecordChain(block, {EntryAt(slot->id, how, block, call), 0}, stack);
    }
  }
  block.held.Remember(key);
}

void NewJoin(ThreadBlock& block, std::uint32_t role, const CallPlace& call) {
  if (block.held.depth() == 0) return;
  const std::uint64_t key = block.held.KeyOf(LockWord(role, How{0x8000}), 0, call.site);
  if (chains.Find(key) != 0) return;
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader();
  const ColdSection section;
  if (chains.Count(key) != 1) return;
  RecordRole(role);
  RecordChain(block, {EntryAt(role, How{}, block, call), recording::kOfJoin}, stack);
}

void NewEpisode(ThreadBlock& block) {
  const std::uint64_t key = MixBits(block.held.episode_hash() ^ 0xd6e8feb86659fd93ULL, block.held.role_seed());
  if (episodes.Find(key) >= kSightingsMax) {
    block.held.RememberEpisode();
    return;
  }
  HeldLocks::Episode episode;
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
    if (episodes.Find(key) == 0 && shapes.Count(shape) > recording::kInstancesPerShape) {
      CountCapped();
    } else if (episodes.Count(key) <= kSightingsMax) {
      NumberThread(block);
      for (std::size_t i = 0; i < episode.length; ++i) RecordLockById(episode.ops[i].lock);
      std::uint16_t flags = PastFlags(block);
      if (!episode.complete) flags |= recording::kIncomplete;
      if (failed != 0 && failed == block.failed_tries && block.has_past_before_try) flags |= recording::kTryIsOwn;
      auto* const record = ReserveRecord<recording::EpisodeRecord>(
          RecordType::kEpisode, flags, episode.length * sizeof(recording::EpisodeOperation));
      if (record != nullptr) {
        record->thread = block.number;
        record->marks = block.marks;
        record->operations = static_cast<std::uint32_t>(episode.length);
        auto* const operations = reinterpret_cast<recording::EpisodeOperation*>(record + 1);
        for (std::size_t i = 0; i < episode.length; ++i) {
          const EpisodeOp& op = episode.ops[i];
          operations[i] = {op.lock, op.how.bits, static_cast<std::uint16_t>(op.op)};
        }
        Commit(record);
      }
    }
  }
  block.held.RememberEpisode();
}

void ReleaseOther(ThreadBlock& block, std::uintptr_t address, bool owned, const CallPlace& call) {
  LockSlot* slot = FindLock(address);
  if (slot == nullptr) {
    const ColdSection section;
    slot = FindLockExactly(address);
  }
  const int index = slot == nullptr ? -1 : block.held.Find(slot->id);
  if (index >= 0) {
    const auto at = static_cast<std::size_t>(index);
    if (slot->recursive && at < HeldLocks::kInlineDepth && block.beside[at].again > 0) {
      --block.beside[at].again;
    } else if (at + 1 == block.held.depth()) {
      block.held.PopTop();
      if (block.held.EpisodeIsNew()) NewEpisode(block);
    } else {
      EraseHeld(block, at);
    }
    return;
  }
  // One that knows its holder refuses, and does nothing.
  if (slot != nullptr && slot->knows_holder && !slot->knows_only_writer) return;
  const recording::RecordingHeader* const header = Header();
  if (owned || header == nullptr) {
    CountLost();  // it was taken unseen
    return;
  }
  const bool may_be_unseen = __atomic_load_n(&header->lost_events, __ATOMIC_RELAXED) != 0;
  if (may_be_unseen) CountLost();
  if (slot == nullptr) slot = LookUpLock(block, address, {}, call);
  if (slot == nullptr) return;
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader();
  const ColdSection section;
  RecordMisuse(block, recording::Misuse::kUnbalancedUnlock, EntryAt(slot->id, How{}, block, call),
               may_be_unseen ? recording::MisuseRecord::kUncertain : 0, stack);
}

void Observed(ThreadBlock& block) {
  block.past_open = true;
  block.has_past_before_try = false;
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

namespace {

void BeginWaitFor(ThreadBlock& block, LockId lock, std::uint32_t joins, How how, const CallPlace& call) {
  Waiting& waiting = block.waiting;
  waiting.lock.store(lock, std::memory_order_relaxed);
  waiting.joins.store(joins, std::memory_order_relaxed);
  waiting.how.store(how.bits, std::memory_order_relaxed);
  waiting.site.store(call.site, std::memory_order_relaxed);
  FramesAbove(block, call, waiting.above);
  // Odd, and another number than any before, whether or not the wait before was left by a jump.
  waiting.wait.store((waiting.wait.load(std::memory_order_relaxed) + 2) | 1, std::memory_order_seq_cst);
  // Who holds nothing keeps nobody waiting, unless somebody who holds something waits for its end.
  const bool may_close = block.held.depth() != 0 || joins_with_locks.load(std::memory_order_relaxed) != 0;
  if (how.kind() == Kind::kBlocking && may_close) LookForHang(block);
}

}  // namespace

void BeginWait(ThreadBlock& block, const LockSlot* slot, How how, const CallPlace& call) {
  BeginWaitFor(block, slot->id, 0, how, call);
}

void BeginJoin(ThreadBlock& block, std::uint32_t number, std::uint32_t process, const CallPlace& call) {
  const bool known = number != 0 && process == ProcessGeneration();
  if (block.held.depth() != 0) joins_with_locks.fetch_add(1, std::memory_order_relaxed);
  BeginWaitFor(block, 0, known ? number : 0, How::Of(Mode::kExclusive, known ? Kind::kBlocking : Kind::kTimed), call);
}

void EndJoin(ThreadBlock& block) {
  if (block.held.depth() != 0) joins_with_locks.fetch_sub(1, std::memory_order_relaxed);
  EndWait(block);
}

void EndWait(ThreadBlock& block) {
  Waiting& waiting = block.waiting;
  waiting.wait.store((waiting.wait.load(std::memory_order_relaxed) + 2) & ~std::uint32_t{1}, std::memory_order_release);
}

void WaitInterrupted(ThreadBlock& block) {
  block.waiting.how.store(How::Of(Mode::kExclusive, Kind::kTimed).bits, std::memory_order_relaxed);
  block.waiting.wait.fetch_add(2, std::memory_order_release);
}

namespace {

// Whether the lock itself says that this thread has it.  One that another thread has given back is not known to be so.
bool HasLock(const ThreadBlock& holder, LockId id, Mode mode) {
  const LockSlot* const slot = FindLockById(id);
  if (slot == nullptr) return false;
  const int tid = holder.tid.load(std::memory_order_relaxed);
  if (const pthread_mutex_t* const mutex = MutexAt(*slot); mutex != nullptr) return mutex->__data.__owner == tid;
  const bool is_rw_lock = slot->type == LockType::kRwLock || slot->type == LockType::kRwSem;
  if (!is_rw_lock || mode != Mode::kExclusive) return true;
  return reinterpret_cast<const pthread_rwlock_t*>(slot->address.load())->__data.__cur_writer == tid;
}

}  // namespace

bool RecordHang(const HangCycle& cycle) {
  const ColdSection section;
  for (std::size_t i = 0; i < cycle.count; ++i) {
    if (cycle.threads[i]->waiting.joins.load(std::memory_order_relaxed) != 0) continue;
    const std::size_t next = (i + 1) % cycle.count;
    const ThreadBlock& holder = *cycle.threads[next];
    if (cycle.blocks[next] >= holder.held.depth()) return false;
    const HeldLock& held = holder.held.entry(cycle.blocks[next]);
    if (!HasLock(holder, held.lock, held.how.mode())) return false;
  }
  std::size_t entries = 0;
  for (std::size_t i = 0; i < cycle.count; ++i) entries += cycle.threads[i]->held.depth();
  RecordModules();
  for (std::size_t i = 0; i < cycle.count; ++i) {
    ThreadBlock& block = *cycle.threads[i];
    NumberThread(block);
    RecordHeld(block);
    if (const LockId lock = block.waiting.lock.load(std::memory_order_relaxed); lock != 0) RecordLockById(lock);
  }
  auto* const record = ReserveRecord<recording::HangRecord>(
      RecordType::kHang, 0, cycle.count * sizeof(recording::HangThread) + entries * sizeof(recording::HeldEntry));
  if (record == nullptr) return false;
  record->threads = static_cast<std::uint32_t>(cycle.count);
  auto* at = reinterpret_cast<unsigned char*>(record + 1);
  for (std::size_t i = 0; i < cycle.count; ++i) {
    const ThreadBlock& block = *cycle.threads[i];
    auto* const thread = reinterpret_cast<recording::HangThread*>(at);
    thread->thread = block.number;
    thread->held = static_cast<std::uint32_t>(block.held.depth());
    thread->blocks = cycle.blocks[i];
    thread->joins = block.waiting.joins.load(std::memory_order_relaxed);
    thread->wanted = {block.waiting.lock.load(std::memory_order_relaxed),
                      block.waiting.how.load(std::memory_order_relaxed),
                      0,
                      {block.waiting.site.load(std::memory_order_relaxed), {}}};
    std::memcpy(thread->wanted.where.above, block.waiting.above, sizeof block.waiting.above);
    auto* const held = reinterpret_cast<recording::HeldEntry*>(thread + 1);
    for (std::size_t k = 0; k < block.held.depth(); ++k) held[k] = EntryOf(block, k);
    at = reinterpret_cast<unsigned char*>(held + block.held.depth());
  }
  if (!cycle.StillStands()) return false;  // what was written is not committed
  Commit(record);
  Add(Header()->hangs, 1);
  return true;
}

// --- Threads ----------------------------------------------------------------------------------------

std::uint32_t RoleOf(std::uintptr_t routine, std::uintptr_t site) {
  Stack stack;
  WalkStack(site, stack);
  std::uint64_t key = routine;
  for (std::size_t i = 0; i < stack.count; ++i) key = MixBits(key ^ stack.frames[i], 0x1d8e4e27c47d124fULL);
  const ColdSection section;
  for (std::uint32_t i = 0; i < role_count; ++i) {
    if (roles[i]->key == key) return kFirstRole + i;
  }
  if (role_count == kRolesMax) return recording::kForeignRole;
  auto* const role = static_cast<Role*>(ArenaAllocate(sizeof(Role)));
  if (role == nullptr) return recording::kForeignRole;
  role->key = key;
  role->routine = routine;
  role->recorded = 0;
  role->frames = static_cast<std::uint32_t>(stack.count);
  std::memcpy(role->stack, stack.frames, stack.count * sizeof(std::uint64_t));
  roles[role_count++] = role;
  return kFirstRole + role_count - 1;
}

ThreadStart Creating(ThreadBlock& block, std::uint32_t role) {
  ThreadStart start;
  start.role = role;
  LookAtLoader();
  const ColdSection section;
  if (Header() != nullptr) Add(Header()->threads, 1);
  ++block.marks;
  // What it does from now on is not before the new thread.
  block.held.ForgetEpisodes();
  if (last_thread >= kThreadsTracked) return start;
  RecordModules();
  NumberThread(block);
  start.number = ++last_thread;
  start.process = ProcessGeneration();
  std::uint16_t flags = recording::ThreadRecord::kOriginKnown;
  if (block.held.depth() != 0) flags |= recording::ThreadRecord::kEntangled;
  if (block.past_open) flags |= recording::ThreadRecord::kCreatorsPastOpen;
  RecordThread(start.number, role, flags, &block);
  return start;
}

void Joined(ThreadBlock& block, std::uint32_t number, std::uint32_t process) {
  const ColdSection section;
  if (number == 0 || process != ProcessGeneration()) return;
  NumberThread(block);
  auto* const record = ReserveRecord<recording::JoinRecord>(
      RecordType::kJoin, block.held.depth() != 0 ? recording::JoinRecord::kEntangled : 0);
  if (record == nullptr) return;
  record->thread = block.number;
  record->joined = number;
  Commit(record);
}

void ThreadEnds(ThreadBlock& block) {
  if (block.held.depth() != 0) LookAtLoader();
  const ColdSection section;
  Stack none;
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    // Another thread may have given it back.
    const LockSlot* const slot = FindLockById(block.held.entry(i).lock);
    const pthread_mutex_t* const mutex = slot == nullptr ? nullptr : MutexAt(*slot);
    if (mutex != nullptr && mutex->__data.__owner != block.tid.load()) continue;
    RecordMisuse(block, recording::Misuse::kHeldAtExit, EntryOf(block, i), 0, none);
  }
  recording::RecordingHeader* const header = Header();
  if (header != nullptr) Add(header->acquisitions, block.acquisitions);
  block.acquisitions = 0;
  // Its stack and, above that, its thread-local objects.
  if (block.stack_low < block.stack_high) ForLocksIn(block.stack_low, OwnMemoryEnd(block), EndLock);
  if (block.number == 0 || block.process != ProcessGeneration()) return;
  auto* const record = ReserveRecord<recording::ThreadEndRecord>(RecordType::kThreadEnd, PastFlags(block));
  if (record == nullptr) return;
  record->thread = block.number;
  record->marks = ++block.marks;
  Commit(record);
}

void ProcessEnds(recording::End end) {
  const ColdSection section;
  recording::RecordingHeader* const header = Header();
  // The child of a vfork ends in its parent's memory.
  if (header == nullptr || header->pid != static_cast<std::uint32_t>(getpid()) ||
      header->end != recording::End::kNotSeen)
    return;
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_acquire) == 0) continue;
    Add(header->acquisitions, block->acquisitions);
    block->acquisitions = 0;
    if (block->number == 0 || block->process != ProcessGeneration() || block->held.SomethingHeld()) continue;
    auto* const record = ReserveRecord<recording::QuietRecord>(RecordType::kQuiet);
    if (record == nullptr) break;
    record->thread = block->number;
    Commit(record);
  }
  header->end = end;
}

}  // namespace lockdep::preload
