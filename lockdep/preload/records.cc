#include "lockdep/preload/records.h"

#include <unistd.h>

#include <atomic>
#include <cstring>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/lock_words.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/roles.h"

namespace lockdep::preload {

using recording::RecordType;

constinit KeyTable recorded_chains;
constinit KeyTable recorded_episodes;
constinit KeyTable recorded_shapes;

namespace {

constinit std::uint32_t last_thread = 0;  // number, in this generation of the process

// Records in which pasts were opened afterwards; in bytes behind the header.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
constinit Range opened;
constinit std::atomic<std::uint32_t> pasts_opened{0};  // how often

}  // namespace

std::uint32_t NextThreadNumber() { return ++last_thread; }
std::uint32_t LastThreadNumber() { return last_thread; }

void ForgetRecorded() {
  opened = {};
  recorded_chains.Clear();
  recorded_episodes.Clear();
  recorded_shapes.Clear();
  last_thread = 0;
  ForEachModule([](Module& module) { module.recorded = false; });
}

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
  record->address = slot.Place();
  record->id = slot.id;
  record->type = static_cast<std::uint32_t>(slot.type);
  record->birth = slot.birth;
  Commit(record);
  slot.recorded = ProcessGeneration();
  if (slot.name != nullptr) RecordName(slot, slot.name, 0);
  if (slot.class_name != nullptr) RecordName(slot, slot.class_name, recording::NameRecord::kOfClass);
}

void RecordName(const LockSlot& slot, const char* text, std::uint16_t flags) {
  const std::size_t bytes = std::strlen(text);
  auto* const record = ReserveRecord<recording::NameRecord>(RecordType::kName, flags, bytes);
  if (record == nullptr) return;
  record->lock = slot.id;
  record->bytes = static_cast<std::uint32_t>(bytes);
  std::memcpy(record + 1, text, bytes);
  Commit(record);
}

void RecordOrder(LockSlot& outer, LockSlot& inner, const recording::Where& where) {
  RecordLock(outer);
  RecordLock(inner);
  auto* const record = ReserveRecord<recording::OrderRecord>(RecordType::kOrder);
  if (record == nullptr) return;
  record->outer = outer.id;
  record->inner = inner.id;
  record->where = where;
  Commit(record);
}

void RecordNoLock(LockSlot& slot) {
  RecordLock(slot);
  auto* const record = ReserveRecord<recording::NoLockRecord>(RecordType::kNoLock);
  if (record == nullptr) return;
  record->lock = slot.id;
  Commit(record);
}

void RecordLockById(LockId id) {
  if (LockSlot* const slot = FindLockById(id); slot != nullptr) RecordLock(*slot);
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

void NumberThread(ThreadBlock& block) {
  if (block.number != 0 && block.process == ProcessGeneration()) return;
  block.process = ProcessGeneration();
  block.number = NextThreadNumber();
  block.marks = 0;
  // The first thread of a process is there from the start; so is the one that is left after a fork.
  const bool from_start = block.tid.load(std::memory_order_relaxed) == static_cast<int>(getpid());
  RecordThread(block.number, block.role, from_start ? recording::ThreadRecord::kOriginKnown : 0, nullptr);
}

namespace {

void RecordHeld(const ThreadBlock& block, std::size_t without = ~std::size_t{0}) {
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    if (i != without) RecordLockById(block.held.entry(i).lock);
  }
}

}  // namespace

recording::HeldEntry EntryOf(const ThreadBlock& block, std::size_t index) {
  const HeldLock& held = block.held.entry(index);
  recording::HeldEntry entry{held.lock, held.how.bits, 0, {held.site, {}}};
  if (index < HeldLocks::kInlineDepth) CopyAbove(block.beside[index].above, entry.where.above);
  return entry;
}

std::uint32_t PastsOpened() { return pasts_opened.load(std::memory_order_relaxed); }

bool PastIsOpen(const ThreadBlock& block) { return block.past_open || block.pasts_opened_seen != PastsOpened(); }

std::uint16_t PastFlags(const ThreadBlock& block) { return PastIsOpen(block) ? recording::kPastOpen : 0; }

namespace {

void OpenPastIn(recording::RecordHead& head) {
  switch (head.type) {
    case RecordType::kEpisode: head.flags &= static_cast<std::uint16_t>(~recording::kTryIsOwn); [[fallthrough]];
    case RecordType::kChain:
    case RecordType::kThreadEnd: head.flags |= recording::kPastOpen; break;
    case RecordType::kThread: head.flags |= recording::ThreadRecord::kCreatorsPastOpen; break;
    default: break;
  }
}

void OpenPastsIn(Range range) {
  auto* const records = reinterpret_cast<unsigned char*>(Header()) + recording::kHeaderBytes;
  while (range.begin < range.end) {
    auto* const head = reinterpret_cast<recording::RecordHead*>(records + range.begin);
    OpenPastIn(*head);
    range.begin += head->bytes;
  }
}

}  // namespace

void OpenPastsSince(std::uint64_t bytes) {
  pasts_opened.fetch_add(1, std::memory_order_relaxed);
  if (Header() == nullptr) return;
  const Range range{bytes, Header()->used};
  if (opened.begin <= range.begin && range.begin <= opened.end) {
    OpenPastsIn({opened.end, range.end});
    opened.end = range.end;
  } else {
    OpenPastsIn(range);
    opened = range;
  }
}

void RecordChain(ThreadBlock& block, const ChainToRecord& chain, const Stack& stack) {
  RecordModules();
  NumberThread(block);
  RecordHeld(block);
  const std::size_t held = chain.held < block.held.depth() ? chain.held : block.held.depth();
  auto* const record = ReserveRecord<recording::ChainRecord>(
      RecordType::kChain, static_cast<std::uint16_t>(chain.flags | PastFlags(block)),
      held * sizeof(recording::HeldEntry) + stack.count * sizeof(std::uint64_t));
  if (record == nullptr) return;
  record->thread = block.number;
  record->marks = block.marks;
  record->held = static_cast<std::uint32_t>(held);
  record->frames = static_cast<std::uint32_t>(stack.count);
  record->open = chain.signals.open;
  record->signal = chain.signals.signal;
  record->below = chain.signals.held_below;
  record->wanted = chain.wanted;
  auto* const entries = reinterpret_cast<recording::HeldEntry*>(record + 1);
  for (std::size_t i = 0; i < held; ++i) entries[i] = EntryOf(block, i);
  std::memcpy(entries + held, stack.frames, stack.count * sizeof(std::uint64_t));
  Commit(record);
  TellFutexCalls();  // the process may end at any time
  const bool is_evidence = held != 0 || How{chain.wanted.how}.counts_alone();
  if (is_evidence && (chain.flags & recording::kOpened) == 0) Add(Header()->chains, 1);
}

void RecordOpened(ThreadBlock& block, std::uint64_t open, const CallPlace& call) {
  Stack stack;
  WalkStack(call.site, stack);
  LookAtLoader(block);
  const ColdSection section;
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    const std::uint64_t key = MixBits(block.held.entry(i).key ^ 0x2d358dccaa6c78a5ULL, open);
    if (recorded_chains.Count(key) != 1) continue;
    RecordLockById(block.held.entry(i).lock);
    RecordChain(block, {EntryOf(block, i), recording::kOpened, {0, 0, open}, i}, stack);
  }
}

void RecordHeldLong(ThreadBlock& block, std::size_t index, std::uint64_t ns, const recording::Where& released) {
  RecordModules();
  NumberThread(block);
  RecordLockById(block.held.entry(index).lock);
  auto* const record = ReserveRecord<recording::HeldLongRecord>(RecordType::kHeldLong);
  if (record == nullptr) return;
  record->thread = block.number;
  record->ns = ns;
  record->lock = EntryOf(block, index);
  record->released = released;
  Commit(record);
}

void RecordMisuse(ThreadBlock& block, recording::Misuse misuse, const recording::HeldEntry& lock, std::uint16_t flags,
                  const Stack& stack) {
  const std::uint64_t key =
      MixBits(lock.lock ^ static_cast<std::uint64_t>(misuse) << 32 ^ 0x1d8e4e27c47d124fULL, lock.where.site);
  if (recorded_chains.Count(key) > 1) return;
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

void RecordEpisode(ThreadBlock& block, const HeldLocks::Episode& episode, std::uint16_t flags) {
  NumberThread(block);
  for (std::size_t i = 0; i < episode.length; ++i) RecordLockById(episode.ops[i].lock);
  flags |= PastFlags(block);
  if (!episode.complete) flags |= recording::kIncomplete;
  auto* const record = ReserveRecord<recording::EpisodeRecord>(RecordType::kEpisode, flags,
                                                               episode.length * sizeof(recording::EpisodeOperation));
  if (record == nullptr) return;
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

void RecordThreadEnd(ThreadBlock& block) {
  auto* const record = ReserveRecord<recording::ThreadEndRecord>(RecordType::kThreadEnd, PastFlags(block));
  if (record == nullptr) return;
  record->thread = block.number;
  record->marks = ++block.marks;
  Commit(record);
}

namespace {

// What the thread waits for, and what it holds, with the entries behind it.
void DescribeWait(const ThreadBlock& block, recording::HangThread& thread) {
  const Waiting& waiting = block.waiting;
  thread.thread = block.number;
  thread.held = static_cast<std::uint32_t>(block.held.depth());
  thread.joins = waiting.joins.load(std::memory_order_relaxed);
  thread.wanted = {waiting.lock.load(std::memory_order_relaxed),
                   waiting.how.load(std::memory_order_relaxed),
                   0,
                   {waiting.site.load(std::memory_order_relaxed), {}}};
  std::memcpy(thread.wanted.where.above, waiting.above, sizeof waiting.above);
  auto* const held = reinterpret_cast<recording::HeldEntry*>(&thread + 1);
  for (std::size_t i = 0; i < block.held.depth(); ++i) held[i] = EntryOf(block, i);
}

}  // namespace

void MarkLeftByFork(const ThreadBlock& gone) {
  // It may have been in the middle of something: the locks themselves are asked, too.
  for (std::size_t i = 0; i < gone.held.depth() && i < HeldLocks::kInlineDepth; ++i) {
    LockSlot* const slot = FindLockById(gone.held.entry(i).lock);
    const bool shared = slot != nullptr && (slot->flags & recording::LockRecord::kShared) != 0;
    const int owner = slot == nullptr || shared ? 0 : OwnerOf(*slot);
    if (owner != 0 && owner == gone.tid.load(std::memory_order_relaxed)) slot->left_by_fork = true;
  }
}

void RecordLeftByFork(ThreadBlock& block, LockSlot& slot) {
  for (const ThreadBlock* other = FirstBlock(); other != nullptr; other = other->next) {
    if (other != &block && other->tid.load(std::memory_order_relaxed) != 0) return;
  }
  RecordModules();
  NumberThread(block);
  RecordHeld(block);
  RecordLock(slot);
  const std::size_t held = block.held.depth();
  auto* const record =
      ReserveRecord<recording::HangRecord>(RecordType::kHang, recording::HangRecord::kLeftByFork,
                                           sizeof(recording::HangThread) + held * sizeof(recording::HeldEntry));
  if (record == nullptr) return;
  record->threads = 1;
  auto* const thread = reinterpret_cast<recording::HangThread*>(record + 1);
  DescribeWait(block, *thread);
  thread->blocks = recording::HangThread::kItsEnd;
  Commit(record);
  Add(Header()->hangs, 1);
}

bool RecordHang(const HangCycle& cycle) {
  const ColdSection section;
  for (std::size_t i = 0; i < cycle.count; ++i) {
    if (cycle.threads[i]->waiting.joins.load(std::memory_order_relaxed) != 0) continue;
    const std::size_t next = (i + 1) % cycle.count;
    const ThreadBlock& holder = *cycle.threads[next];
    if (cycle.blocks[next] == recording::HangThread::kQueued) continue;
    if (cycle.blocks[next] >= holder.held.depth()) return false;
    const HeldLock& held = holder.held.entry(cycle.blocks[next]);
    const LockSlot* const slot = FindLockById(held.lock);
    if (slot == nullptr || !IsStillHeld(*slot, held.how.mode(), holder.tid.load(std::memory_order_relaxed)))
      return false;
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
    DescribeWait(block, *thread);
    thread->blocks = cycle.blocks[i];
    at += sizeof *thread + thread->held * sizeof(recording::HeldEntry);
  }
  if (!cycle.StillStands()) return false;  // what was written is not committed
  Commit(record);
  Add(Header()->hangs, 1);
  return true;
}

}  // namespace lockdep::preload
