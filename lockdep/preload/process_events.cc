#include "lockdep/preload/process_events.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/hold_times.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/program_starts.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/signal_hooks.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {
namespace {

using recording::RecordType;

constinit std::atomic<int> start_state{0};  // 1: under way, 2: records, 3: does not

// Of the thread that forks, which is busy meanwhile: a handler on it must not wait for the lock that it holds.  It may
// be a handler that forks, and have found the thread busy.
constinit ThreadBlock* forking_mark = nullptr;   // current_block of before
constinit ThreadBlock* forking_block = nullptr;  // the thread's own block, if it has one
constinit bool fork_keeps_loader_out = false;

// All that the thread does is new again.
void ForgetKnown(ThreadBlock& block) {
  block.held.ForgetEpisodes();
  block.held.ForgetSteps();  // not the steps themselves: a handler that forks may have interrupted one
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
  for (const ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block != forking_block && block->tid.load(std::memory_order_relaxed) != 0) MarkLeftByFork(*block);
  }
  LeaveParentsRecording();
  ForgetRecorded();
  ForgetThreadsBut(forking_block);
  if (forking_block != nullptr) {
    forking_block->joined_as = 0;
    // It is the first thread of this process, and the only one of its kind.
    forking_block->role = recording::kMainRole;
    if (!forking_block->held.SomethingHeld()) {
      forking_block->held.set_role_seed(ThreadBlock::RoleSeed(recording::kMainRole));
    }
    ForgetSharedAfterFork(*forking_block);
    ForgetKnown(*forking_block);
  }
  EndFork();
}

}  // namespace

bool StartRecorder() {
  const int state = start_state.load(std::memory_order_acquire);
  if (__builtin_expect(state >= 2, 1)) return state == 2;
  // Before the C library's own constructor, as in the program's .preinit_array, there is no environment yet.
  if (environ == nullptr) {
    if (state == 0) CountLost();
    return false;
  }
  return StartRecorderNow();
}

bool StartRecorderNow() {
  int state = start_state.load(std::memory_order_acquire);
  if (state >= 2) return state == 2;
  if (!start_state.compare_exchange_strong(state, 1)) return false;  // under way, by this thread or another one
  LookUpReal();
  DefaultStackBytes();
  OpenRecording();
  PrepareProgramStarts();
  const bool records = Header() != nullptr;
  if (records) pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
  start_state.store(records ? 2 : 3, std::memory_order_release);
  if (!records) return false;
  ReadHoldLimit();
  LookAtLoader();
  InstallStatusSignal();
  return true;
}

void ProcessEnds(recording::End end) {
  const ColdSection section;
  recording::RecordingHeader* const header = Header();
  // The child of a vfork ends in its parent's memory.
  if (header == nullptr || header->pid != static_cast<std::uint32_t>(getpid()) ||
      header->end != recording::End::kNotSeen)
    return;
  TellFutexCalls();
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_acquire) == 0) continue;
    Add(header->acquisitions, block->acquisitions);
    block->other_releases += block->acquisitions;
    block->acquisitions = 0;
    if (block->number == 0 || block->process != ProcessGeneration() || block->held.SomethingHeld()) continue;
    auto* const record = ReserveRecord<recording::QuietRecord>(RecordType::kQuiet);
    if (record == nullptr) break;
    record->thread = block->number;
    Commit(record);
  }
  header->end = end;
}

// Other threads run on until the kernel ends them, and all goes on if it fails: so nothing is said of what they hold,
// and what they counted stays theirs.
bool ExecBegins(std::uint64_t& acquisitions) {
  recording::RecordingHeader* const header = Header();
  if (header == nullptr || header->pid != static_cast<std::uint32_t>(getpid())) return false;
  recording::End before = recording::End::kNotSeen;
  recording::End after = recording::End::kExec;
  if (!__atomic_compare_exchange(&header->end, &before, &after, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return false;
  TellFutexCalls();
  acquisitions = 0;
  for (const ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    if (block->tid.load(std::memory_order_acquire) == 0) continue;
    acquisitions += __atomic_load_n(&block->acquisitions, __ATOMIC_RELAXED);
  }
  Add(header->acquisitions, acquisitions);
  return true;
}

void ExecDidNotHappen(std::uint64_t acquisitions) {
  recording::RecordingHeader* const header = Header();
  if (header == nullptr) return;
  __atomic_fetch_sub(&header->acquisitions, acquisitions, __ATOMIC_RELAXED);
  header->end = recording::End::kNotSeen;
}

}  // namespace lockdep::preload
