#include "lockdep/preload/hang_watch.h"

#include "lockdep/preload/imports.h"

namespace lockdep::preload {
namespace {

// The odd number of the wait that the thread is in; 0: it is in none that lasts.
std::uint32_t LastingWait(const ThreadBlock& block) {
  const std::uint32_t wait = block.waiting.wait.load(std::memory_order_acquire);
  if ((wait & 1) == 0 || block.tid.load(std::memory_order_relaxed) == 0) return 0;
  const How how{block.waiting.how.load(std::memory_order_relaxed)};
  return how.kind() == Kind::kBlocking ? wait : 0;
}

constexpr int kBlocksNot = -2;
constexpr int kByItsEnd = -1;
constexpr int kByQueue = -3;  // HangThread::kQueued

// Which hold of `holder` keeps `waiter` waiting, or kByItsEnd, kByQueue, kBlocksNot.  REQUIRES: `holder` waits.
int Blocks(const ThreadBlock& holder, const ThreadBlock& waiter) {
  if (const std::uint32_t joins = waiter.waiting.joins.load(std::memory_order_relaxed); joins != 0) {
    const bool is_joined = holder.number == joins || holder.joined_as == joins;
    return is_joined && holder.process == waiter.process ? kByItsEnd : kBlocksNot;
  }
  const LockId lock = waiter.waiting.lock.load(std::memory_order_relaxed);
  const Mode wanted = How{waiter.waiting.how.load(std::memory_order_relaxed)}.mode();
  for (std::size_t i = 0; i < holder.held.depth(); ++i) {
    const HeldLock& held = holder.held.entry(i);
    if (held.lock == lock && (wanted == Mode::kExclusive || held.how.mode() == Mode::kExclusive)) {
      return static_cast<int>(i);
    }
  }
  // Readers queue behind who waits to write.  One that may pass has another mode.
  const bool waits_to_write = holder.waiting.lock.load(std::memory_order_relaxed) == lock &&
                              How{holder.waiting.how.load(std::memory_order_relaxed)}.mode() == Mode::kExclusive;
  if (wanted == Mode::kShared && waits_to_write) return kByQueue;
  return kBlocksNot;
}

// Depth first, from the thread that has just begun to wait, among those that wait.
class Search {
 public:
  explicit Search(ThreadBlock& start) : start_(start) {}

  bool Run() { return Visit(start_, LastingWait(start_)); }
  const HangCycle& cycle() const { return cycle_; }

 private:
  bool Visit(ThreadBlock& block, std::uint32_t wait) {
    if (wait == 0 || cycle_.count == HangCycle::kThreadsMax || ++visits_ > kVisitsMax) return false;
    const std::size_t at = cycle_.count++;
    cycle_.threads[at] = &block;
    cycle_.waits[at] = wait;
    if (const int held = Blocks(start_, block); held != kBlocksNot) {
      cycle_.blocks[0] = static_cast<std::uint32_t>(held);
      return true;
    }
    for (ThreadBlock* next = FirstBlock(); next != nullptr; next = next->next) {
      if (IsOnPath(next)) continue;
      const std::uint32_t next_wait = LastingWait(*next);
      const int held = next_wait == 0 ? kBlocksNot : Blocks(*next, block);
      if (held == kBlocksNot) continue;
      if (at + 1 < HangCycle::kThreadsMax) cycle_.blocks[at + 1] = static_cast<std::uint32_t>(held);
      if (Visit(*next, next_wait)) return true;
    }
    cycle_.count = at;
    return false;
  }

  bool IsOnPath(const ThreadBlock* block) const {
    for (std::size_t i = 0; i < cycle_.count; ++i) {
      if (cycle_.threads[i] == block) return true;
    }
    return false;
  }

  static constexpr int kVisitsMax = 4096;  // many readers make many paths

  ThreadBlock& start_;
  HangCycle cycle_;
  int visits_ = 0;
};

}  // namespace

bool HangCycle::StillStands() const {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (std::size_t i = 0; i < count; ++i) {
    if (threads[i]->waiting.wait.load(std::memory_order_acquire) != waits[i]) return false;
  }
  return true;
}

bool HangCycle::MayBeCancelled() const {
  for (std::size_t i = 0; i < count; ++i) {
    if (threads[i]->waiting.joins.load(std::memory_order_relaxed) != 0) return SomeFileImports("pthread_cancel");
  }
  return false;
}

void LookForHang(ThreadBlock& block) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  Search search(block);
  if (!search.Run() || search.cycle().MayBeCancelled()) return;
  if (search.cycle().StillStands()) RecordHang(search.cycle());
}

}  // namespace lockdep::preload
