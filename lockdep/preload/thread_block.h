// What the recorder keeps for one thread, and the sections of the fast path.
//
// `current_block` is null (nothing yet), the busy mark (the recorder is at work on this thread's block), the mark of a
// thread that has ended, or the block.  Only the last one lets the fast path go on, so one comparison covers all.  A
// signal handler that interrupts the recorder on its own thread sees the busy mark: what it locks goes unseen, and is
// counted as lost, so that no verdict rests on an absence.
//
// Only this pointer is thread-local, and initial-exec: one instruction finds it, and a thread with a stack of 16 KiB
// has room for it.
//
// Thread-confined, except what is said to be read by others.
#ifndef LOCKDEP_PRELOAD_THREAD_BLOCK_H_
#define LOCKDEP_PRELOAD_THREAD_BLOCK_H_

#include <pthread.h>

#include <atomic>
#include <bit>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/steps.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {

// The place in the program that called a function of ours.
struct CallPlace {
  std::uintptr_t site;
  void* const* frame;  // of the function of ours: the caller's frame pointer, then `site`

  bool IsWithin(std::uintptr_t low, std::uintptr_t high) const {
    const auto at = reinterpret_cast<std::uintptr_t>(frame);
    return at >= low && at < high;
  }
  // Whether the frame is one of the `bytes` from `low` on.
  bool IsAmong(std::uintptr_t low, std::uintptr_t bytes) const {
    return reinterpret_cast<std::uintptr_t>(frame) - low < bytes;
  }
};
#define LOCKDEP_CALL_PLACE()                                                                    \
  (::lockdep::preload::CallPlace{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)), \
                                 static_cast<void* const*>(__builtin_frame_address(0))})

// What a thread waits for, for those that look for hangs.  `wait` counts the beginnings and ends of waits: odd while it
// waits.  A thread that waits changes nothing, so what was read between two looks at the same odd number is true.
struct Waiting {
  std::atomic<std::uint32_t> wait;
  std::atomic<std::uint32_t> lock;   // its number; 0: none
  std::atomic<std::uint32_t> joins;  // the number of the thread whose end it waits for; 0: none
  std::atomic<std::uint16_t> how;
  std::atomic<std::uintptr_t> site;
  std::uint64_t above[recording::kAbove];
};

struct ThreadBlock {
  static constexpr std::size_t kCacheSlots = 256;
  static constexpr std::size_t kStackLocks = 16;
  static constexpr std::size_t kHandlersMax = 4;

  struct alignas(64) Beside {
    std::uint64_t above[recording::kAbove];  // up to the first 0: CopyAbove
    std::uint32_t again;  // how often its holder has taken it once more
    std::uint32_t padding;
    std::uint64_t taken_ns;  // where holds are timed
  };

  // A lock that the thread has used.  It is still the one at its address, and asked for in the same way, if the slot
  // has the same word: numbers of locks are never used again.
  struct alignas(32) Cached {
    std::uintptr_t address;
    std::uint64_t word;
    LockSlot* slot;

    bool IsStill(std::uintptr_t wanted) const { return address == wanted && slot->Word() == word; }
  };
  Cached& CachedAt(std::uintptr_t address) {
    return cache[address * 0x9e3779b97f4a7c15ULL >> (64 - std::bit_width(kCacheSlots - 1))];
  }
  void FindQuickCalls();
  // Of the lock at that many bytes of held entries.  REQUIRES: there is room.
  Beside& BesideAt(std::uint64_t held_bytes) {
    static_assert(sizeof(Beside) == 2 * HeldLocks::kEntryBytes);
    return *reinterpret_cast<Beside*>(reinterpret_cast<unsigned char*>(beside) + 2 * held_bytes);
  }

  explicit ThreadBlock(std::uint32_t its_role) : held(RoleSeed(its_role)), role(its_role) {}
  static std::uint64_t RoleSeed(std::uint32_t role) {
    return MixBits(role + 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL);
  }

  // A signal handler that runs on this thread.
  struct Handler {
    std::uint32_t signal;
    std::uint32_t held_below;  // entries of what it interrupted
    std::uintptr_t frame;      // of the function of ours that called it
    bool on_other_stack;       // that of sigaltstack
  };

  HeldLocks held;
  // A call whose frame is one of the `quick_bytes` from `quick_low` on may go the quick path (quick_path.h): it is on
  // the thread's own stack, below what locks lie there, in no wait, holds are not timed, and the thread has no lock
  // that is unpublished.  While there are none, no lock held has an object (HeldLocks::TopIsObject).
  std::uintptr_t quick_low;
  std::uintptr_t quick_bytes;
  std::uint64_t acquisitions;
  std::uint32_t given_last;  // the lock that it gave back, if it took none since; 0: none

  // publication.h.  What the thread made, and how many releases there were before: the last kMadeMax.
  struct Made {
    std::uintptr_t begin;
    std::size_t bytes;
    std::uint64_t releases;
  };
  static constexpr std::size_t kMadeMax = 8;
  Made made[kMadeMax];
  std::size_t made_count;
  std::uint64_t other_releases;  // than of locks
  bool watches_publication;      // requests are asked PublicationOf

  Beside beside[HeldLocks::kInlineDepth];  // of what is held
  Cached cache[kCacheSlots];
  Steps steps;
  std::uintptr_t stack_low;  // where frames are looked for; both 0: nowhere
  std::uintptr_t stack_high;
  std::uintptr_t memory_end;            // of what lies with its stack: thread-local objects may lie above the frames
  std::uintptr_t own_low;               // below it, and above own_low + own_bytes, is no stack of the thread's own
  std::uintptr_t own_bytes;             // ~0: not known
  std::uintptr_t lowest_lock_on_stack;  // ~0: there is none
  std::uintptr_t locks_on_stack[kStackLocks];

  Handler handlers[kHandlersMax];  // outermost first
  std::uint32_t handler_count;
  std::uint64_t handled_signals;  // HandledSignals() when it last looked
  std::uint64_t open_signals;  // that can be handled here, as last seen: what chains are told apart by

  std::uint32_t role;
  std::uint32_t role_of_several_stacks;  // as was told already, in the generation of the process; 0: of none
  std::uint32_t process_of_several_stacks;
  std::uint32_t number;     // 0: not yet in this process's recording
  std::uint32_t joined_as;  // the number under which its creator knows it
  bool origin_known;        // its creator put it there
  bool past_open;
  bool has_past_before_try;
  std::uint32_t marks;
  std::uint32_t failed_tries;
  bool holds_from_before_fork;
  bool ends_by_key;                 // that of thread-specific data; else its routine is the last that is seen of it
  std::uint32_t pasts_opened_seen;  // PastsOpened() when it began: more since then, and its own is open, too
  std::uint32_t no_locks_seen;      // how many had turned out to be none when this thread last looked
  std::uint32_t process;            // generation of the process in which the number counts
  int destructor_rounds;

  HeldLocks::Episode episode;  // while it is recorded: a handler's stack has no room for it
  Waiting waiting;
  std::uint32_t serial;  // another one for each thread that ever was
  std::atomic<int> tid;  // 0: the block is free
  pthread_t handle;
  ThreadBlock* next;  // in the list of all; never changes once it is in
};

extern constinit thread_local ThreadBlock* current_block [[gnu::tls_model("initial-exec")]];

inline ThreadBlock* BusyMark() { return reinterpret_cast<ThreadBlock*>(std::uintptr_t{1}); }
inline ThreadBlock* EndedMark() { return reinterpret_cast<ThreadBlock*>(std::uintptr_t{2}); }
inline bool IsBlock(const ThreadBlock* block) { return reinterpret_cast<std::uintptr_t>(block) > 2; }

// Makes the block of a thread on its first operation.  Null where operations go unseen.
[[gnu::cold, gnu::noinline]] ThreadBlock* EnterFirst();

// Null: the operation goes unseen.  The signal fences keep the compiler from moving the work out; the processor shows
// a thread its own stores in order.
[[gnu::always_inline]] inline ThreadBlock* Enter() {
  ThreadBlock* const block = current_block;
  if (__builtin_expect(!IsBlock(block), 0)) return EnterFirst();
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return block;
}
[[gnu::always_inline]] inline void Leave(ThreadBlock* block) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current_block = block;
}

// The return addresses around a call, by frame pointers, as far as these stay on the thread's own stack; then a 0, if
// there are fewer than kAbove.  REQUIRES: the call's frame is on that stack.
[[gnu::always_inline]] inline void FramesUpTo0(const ThreadBlock& block, const CallPlace& call,
                                               std::uint64_t (&above)[recording::kAbove]) {
  auto frame = reinterpret_cast<std::uintptr_t>(call.frame);
#pragma GCC unroll 8
  for (std::uint64_t* to = above; to != above + recording::kAbove; ++to) {
    const std::uintptr_t next = *reinterpret_cast<const std::uintptr_t*>(frame);
    const bool ends = next <= frame || next >= block.stack_high || next % sizeof(void*) != 0;
    if (__builtin_expect_with_probability(ends, 1, 0.5)) {  // as often as not, so that the store is not far away
      *to = 0;
      return;
    }
    *to = reinterpret_cast<const std::uintptr_t*>(next)[1];
    frame = next;
  }
}
inline void CopyAbove(const std::uint64_t (&from)[recording::kAbove], std::uint64_t (&to)[recording::kAbove]) {
  bool ended = false;
  for (std::size_t i = 0; i < recording::kAbove; ++i) {
    ended = ended || from[i] == 0;
    to[i] = ended ? 0 : from[i];
  }
}
// As FramesUpTo0, for a call from any stack; all of `above` is written.
void FramesAbove(const ThreadBlock& block, const CallPlace& call, std::uint64_t (&above)[recording::kAbove]);

// Whether a call comes from another stack than the thread's own: that of a coroutine, or of a signal handler.
[[gnu::always_inline]] inline bool IsOnOtherStack(const ThreadBlock& block, const CallPlace& call) {
  return reinterpret_cast<std::uintptr_t>(call.frame) - block.own_low > block.own_bytes;
}

// The calling thread begins, as said; `routine_frame` is an address of its outermost frame.
struct ThreadStart {
  std::uint32_t role = recording::kForeignRole;
  std::uint32_t number = 0;     // in the recording; 0: not there yet
  std::uint32_t process = 0;    // the generation in which that counts
  std::size_t stack_bytes = 0;  // with its thread-local objects; 0: not known
};
void BeginThread(const ThreadStart& start, const void* routine_frame);
// The routine of the calling thread has returned, or was left.
void RoutineEnds();

// How large the first thread's stack may become; to be asked for once before the program can change the limit.
std::size_t DefaultStackBytes();

// All blocks, of threads that live and others (tid 0), newest first.  May be read at any time.
ThreadBlock* FirstBlock();

// That of the calling thread, also while it is busy; null if it has none.
ThreadBlock* BlockOfThisThread();

// In the child of a fork: only this thread is left, the calling one.  REQUIRES: the recorder's lock is held.
void ForgetThreadsBut(ThreadBlock* left);

// Counts what the recorder did not see.  Async-signal-safe.
void CountLost();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_THREAD_BLOCK_H_
