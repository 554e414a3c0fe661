#include "lockdep/preload/thread_block.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/hold_times.h"
#include "lockdep/preload/process_events.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/roles.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/thread_events.h"
#include "lockdep/preload/waits.h"

// The end of the first thread's stack, as the loader found it.
extern "C" void* __libc_stack_end;

namespace lockdep::preload {

constinit thread_local ThreadBlock* current_block [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

// For what lies above the outermost frame, where the thread's handle does not say where its memory ends.
constexpr std::size_t kStackMargin = std::size_t{64} << 10;
// The kernel maps nothing this close below the first thread's stack, so that it can grow.
constexpr std::size_t kFirstStackRoom = std::size_t{128} << 20;
// For what the C library keeps at the handle, above which nothing lies.
constexpr std::size_t kHandleMargin = std::size_t{4} << 10;

constinit std::atomic<ThreadBlock*> first_block{nullptr};
constinit std::uint32_t last_serial = 0;  // guarded by the recorder's lock
constinit pthread_key_t end_key = 0;
constinit bool has_end_key = false;

int ThreadId() { return static_cast<int>(syscall(SYS_gettid)); }

void End(ThreadBlock* block) {
  if (current_block != block) return;
  current_block = BusyMark();
  ThreadEnds(*block);
  current_block = EndedMark();
  block->tid.store(0, std::memory_order_release);
}

// Destructors of other keys may lock after this one ran: it lets itself be called until the last round.
void EndOfThread(void* memory) {
  auto* const block = static_cast<ThreadBlock*>(memory);
  if (++block->destructor_rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(end_key, block);
    return;
  }
  End(block);
}

// Where the thread's stack lies, and the end of its thread-local objects, where these lie above it.  What lies below
// the stack is somebody else's: rather a little of the stack is left out.
void FindStack(ThreadBlock& block, const ThreadStart& start, const void* routine_frame) {
  block.stack_high = reinterpret_cast<std::uintptr_t>(routine_frame);
  block.stack_low = block.stack_high;
  block.memory_end = block.stack_high;
  block.own_low = 0;
  block.own_bytes = ~std::uintptr_t{0};
  if (routine_frame == nullptr) return;
  if (start.role == recording::kMainRole) {
    const std::size_t bytes = DefaultStackBytes();
    block.own_bytes = bytes > kFirstStackRoom ? bytes : kFirstStackRoom;
    block.own_low = block.stack_high - block.own_bytes;
    if (bytes > kStackMargin) block.stack_low = block.stack_high - bytes + kStackMargin;
    return;
  }
#if defined(__x86_64__)
  // The bytes that were asked for end at the handle: stack, then thread-local objects.
  const auto handle = static_cast<std::uintptr_t>(block.handle);
  if (handle < block.stack_high || handle - block.stack_high >= start.stack_bytes) return;
  block.memory_end = handle;
  block.own_low = handle - start.stack_bytes;
  block.own_bytes = start.stack_bytes;
  const std::uintptr_t low = handle - start.stack_bytes + kHandleMargin;
#else
  // Thread-local objects lie above the handle, and are taken to have room in the margin.
  if (start.stack_bytes <= kStackMargin) return;
  block.own_low = block.stack_high - start.stack_bytes;
  block.own_bytes = start.stack_bytes + kStackMargin;
  const std::uintptr_t low = block.own_low + kStackMargin;
#endif
  if (low < block.stack_high) block.stack_low = low;
}

ThreadBlock* FreeBlock() {
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_relaxed) == 0) return block;
  }
  return nullptr;
}

}  // namespace

// As it was at the start; the program may change its limit.
std::size_t DefaultStackBytes() {
  static constinit std::atomic<std::size_t> bytes{0};
  if (bytes.load(std::memory_order_relaxed) == 0) {
    rlimit limit{};
    const bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    bytes.store(known ? limit.rlim_cur : std::size_t{2} << 20, std::memory_order_relaxed);
  }
  return bytes.load(std::memory_order_relaxed);
}

void ThreadBlock::FindQuickCalls() {
  quick_low = stack_low > own_low ? stack_low : own_low;
  std::uintptr_t end = own_low + own_bytes;
  if (stack_high < end) end = stack_high;
  if (lowest_lock_on_stack < end) end = lowest_lock_on_stack;
  const bool any = quick_low < end && !IsInWait(*this) && !HoldsAreTimed() && !watches_publication;
  quick_bytes = any ? end - quick_low : 0;
  if (!any) held.ForgetObjects();
}

void FramesAbove(const ThreadBlock& block, const CallPlace& call, std::uint64_t (&above)[recording::kAbove]) {
  above[0] = 0;
  if (call.IsWithin(block.stack_low, block.stack_high)) FramesUpTo0(block, call, above);
  CopyAbove(above, above);
}

ThreadBlock* FirstBlock() { return first_block.load(std::memory_order_acquire); }

void BeginThread(const ThreadStart& start, const void* routine_frame) {
  if (!StartRecorder()) return;
  current_block = BusyMark();
  ThreadBlock* block = nullptr;
  {
    const ColdSection section;
    if (!has_end_key) has_end_key = pthread_key_create(&end_key, EndOfThread) == 0;
    block = FreeBlock();
    ThreadBlock* const next = block == nullptr ? FirstBlock() : block->next;
    const bool is_new = block == nullptr;
    if (is_new) block = static_cast<ThreadBlock*>(ArenaAllocate(sizeof(ThreadBlock)));
    if (block == nullptr) {
      current_block = EndedMark();
      return;
    }
    // Others may look at it all the while, and see a thread that waits for nothing.
    const std::uint32_t waits = block->waiting.wait.load(std::memory_order_relaxed);
    if (!is_new) block->held.~HeldLocks();
    new (block) ThreadBlock(start.role);
    for (ThreadBlock::Cached& cached : block->cache) cached = {0, 0, &no_lock};
    block->next = next;
    block->waiting.wait.store(waits + (waits & 1), std::memory_order_relaxed);
    block->lowest_lock_on_stack = ~std::uintptr_t{0};
    for (std::uintptr_t& lock : block->locks_on_stack) lock = 0;
    block->acquisitions = 0;
    block->given_last = 0;
    for (ThreadBlock::Made& made : block->made) made = {};
    block->made_count = 0;
    block->other_releases = 0;
    block->watches_publication = false;
    block->serial = ++last_serial;
    block->handler_count = 0;
    block->handled_signals = 0;
    block->open_signals = 0;
    block->role_of_several_stacks = 0;
    block->process_of_several_stacks = 0;
    block->number = start.number;
    block->joined_as = start.number;
    block->process = start.process;
    block->origin_known = start.number != 0;
    block->past_open = false;
    block->has_past_before_try = false;
    block->marks = 0;
    block->failed_tries = 0;
    block->holds_from_before_fork = false;
    block->pasts_opened_seen = PastsOpened();
    block->no_locks_seen = 0;
    block->destructor_rounds = 0;
    block->handle = pthread_self();
    FindStack(*block, start, routine_frame);
    block->FindQuickCalls();
    block->tid.store(ThreadId(), std::memory_order_release);
    if (is_new) first_block.store(block, std::memory_order_release);
  }
  // The program's own keys may be made and destroyed: this one is ours for ever.
  block->ends_by_key = has_end_key && pthread_setspecific(end_key, block) == 0;
  if (MayBeJoined(block->role)) block->held.set_track_first(true);
  if (HandledSignals() != 0) TrackSignals(*block);
  current_block = block;
}

// A program may have used up all keys.  What destructors do is not seen then, and counted.
void RoutineEnds() {
  if (IsBlock(current_block) && !current_block->ends_by_key) End(current_block);
}

ThreadBlock* EnterFirst() {
  if (current_block != nullptr) {
    CountLost();
    return nullptr;
  }
  if (!StartRecorder()) return nullptr;
  ThreadStart start;
  const bool is_main = ThreadId() == static_cast<int>(getpid());
  if (is_main) start.role = recording::kMainRole;
  BeginThread(start, is_main ? __libc_stack_end : nullptr);
  return IsBlock(current_block) ? Enter() : nullptr;
}

ThreadBlock* BlockOfThisThread() {
  const int tid = ThreadId();
  ThreadBlock* block = FirstBlock();
  while (block != nullptr && block->tid.load(std::memory_order_relaxed) != tid) block = block->next;
  return block;
}

void ForgetThreadsBut(ThreadBlock* left) {
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    block->tid.store(block == left ? ThreadId() : 0, std::memory_order_relaxed);
  }
}

}  // namespace lockdep::preload
