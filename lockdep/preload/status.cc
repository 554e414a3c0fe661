#include "lockdep/preload/status.h"

#include <atomic>
#include <cstring>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"

namespace lockdep::preload {
namespace {

struct Look {
  std::size_t depth = 0;
  std::uint32_t wait = 0;
  recording::HeldEntry held[HeldLocks::kInlineDepth];
};

// False: it holds more than lies in its block, and where the others lie may change.
bool LookAt(const ThreadBlock& block, Look& look) {
  std::memset(static_cast<void*>(&look), 0, sizeof look);
  look.wait = block.waiting.wait.load(std::memory_order_acquire);
  look.depth = block.held.depth();
  if (look.depth > HeldLocks::kInlineDepth) return false;
  for (std::size_t i = 0; i < look.depth; ++i) look.held[i] = EntryOf(block, i);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return true;
}

}  // namespace

void RecordStatus() {
  LookAtLoaderForAll();
  const ColdSection section;
  if (Header() == nullptr) return;
  RecordModules();
  std::size_t threads = 0;
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_acquire) == 0) continue;
    NumberThread(*block);
    for (std::size_t i = 0; i < block->held.depth() && i < HeldLocks::kInlineDepth; ++i) {
      RecordLockById(block->held.entry(i).lock);
    }
    if ((block->waiting.wait.load(std::memory_order_relaxed) & 1) != 0) {
      if (const LockId lock = block->waiting.lock.load(std::memory_order_relaxed); lock != 0) RecordLockById(lock);
    }
    ++threads;
  }
  // Room for all that they may hold; what is not needed is left away.
  using recording::HangThread;
  using recording::HeldEntry;
  auto* const record = ReserveRecord<recording::HangRecord>(
      recording::RecordType::kStatus, 0, threads * (sizeof(HangThread) + HeldLocks::kInlineDepth * sizeof(HeldEntry)));
  if (record == nullptr) return;
  auto* at = reinterpret_cast<unsigned char*>(record + 1);
  Look first;
  Look second;
  for (ThreadBlock* block = FirstBlock(); block != nullptr && record->threads < threads; block = block->next) {
    if (block->tid.load(std::memory_order_acquire) == 0 || block->number == 0) continue;
    const bool steady =
        LookAt(*block, first) && LookAt(*block, second) && std::memcmp(&first, &second, sizeof first) == 0;
    auto* const thread = reinterpret_cast<HangThread*>(at);
    thread->thread = block->number;
    thread->held = steady ? static_cast<std::uint32_t>(first.depth) : 0;
    thread->blocks = steady ? recording::kSteady : recording::kChanging;
    if (steady && (first.wait & 1) != 0) {
      const Waiting& waiting = block->waiting;
      thread->joins = waiting.joins.load(std::memory_order_relaxed);
      thread->wanted = {waiting.lock.load(std::memory_order_relaxed),
                        waiting.how.load(std::memory_order_relaxed),
                        0,
                        {waiting.site.load(std::memory_order_relaxed), {}}};
      std::memcpy(thread->wanted.where.above, waiting.above, sizeof waiting.above);
    }
    std::memcpy(thread + 1, first.held, thread->held * sizeof(HeldEntry));
    at = reinterpret_cast<unsigned char*>(thread + 1) + thread->held * sizeof(HeldEntry);
    ++record->threads;
  }
  record->head.bytes = static_cast<std::uint32_t>(at - reinterpret_cast<unsigned char*>(record));
  if (record->threads == 0) return;
  Commit(record);
  Add(Header()->statuses, 1);
}

}  // namespace lockdep::preload
