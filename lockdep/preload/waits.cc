#include "lockdep/preload/waits.h"

#include <atomic>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/hang_watch.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"

namespace lockdep::preload {
namespace {

constinit std::atomic<std::uint32_t> joins_with_locks{0};  // joins that are under way, by threads that hold something

void BeginWaitFor(ThreadBlock& block, LockId lock, std::uint32_t joins, How how, const CallPlace& call) {
  Waiting& waiting = block.waiting;
  waiting.lock.store(lock, std::memory_order_relaxed);
  waiting.joins.store(joins, std::memory_order_relaxed);
  waiting.how.store(how.bits, std::memory_order_relaxed);
  waiting.site.store(call.site, std::memory_order_relaxed);
  FramesAbove(block, call, waiting.above);
  // Odd, and another number than any before, whether or not the wait before was left by a jump.
  waiting.wait.store((waiting.wait.load(std::memory_order_relaxed) + 2) | 1, std::memory_order_seq_cst);
  block.FindQuickCalls();
  // Who holds nothing keeps nobody waiting, unless somebody who holds something waits for its end.
  const bool may_close = block.held.depth() != 0 || joins_with_locks.load(std::memory_order_relaxed) != 0;
  if (how.kind() == Kind::kBlocking && may_close) LookForHang(block);
}

}  // namespace

void BeginWait(ThreadBlock& block, LockSlot* slot, How how, const CallPlace& call) {
  BeginWaitFor(block, slot->id, 0, how, call);
  if (__builtin_expect(slot->left_by_fork, 0) && how.kind() == Kind::kBlocking) {
    recording::Where where{call.site, {}};
    FramesAbove(block, call, where.above);
    LookAtLoader(block, slot, where);
    const ColdSection section;
    RecordLeftByFork(block, *slot);
  }
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
  block.FindQuickCalls();
}

void WaitInterrupted(ThreadBlock& block) {
  block.waiting.how.store(How::Of(Mode::kExclusive, Kind::kTimed).bits, std::memory_order_relaxed);
  block.waiting.wait.fetch_add(2, std::memory_order_release);
}

}  // namespace lockdep::preload
