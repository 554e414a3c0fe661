#include "lockdep/preload/thread_events.h"

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/lock_words.h"
#include "lockdep/preload/names.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/roles.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/started_threads.h"

namespace lockdep::preload {
namespace {

using recording::RecordType;

constexpr std::uint32_t kThreadsTracked = 65536;  // of whom it is recorded who started them, and when

}  // namespace

ThreadStart Creating(ThreadBlock& block, std::uint32_t role, std::uintptr_t routine) {
  ThreadStart start;
  start.role = role;
  LookAtLoader(block, nullptr, {routine, {}});
  const ColdSection section;
  if (Header() != nullptr) Add(Header()->threads, 1);
  ++block.marks;
  // What it does from now on is not before the new thread.
  block.held.ForgetEpisodes();
  if (LastThreadNumber() >= kThreadsTracked) return start;
  RecordModules();
  NumberThread(block);
  start.number = NextThreadNumber();
  start.process = ProcessGeneration();
  std::uint16_t flags = recording::ThreadRecord::kOriginKnown;
  if (block.held.depth() != 0) flags |= recording::ThreadRecord::kEntangled;
  if (PastIsOpen(block)) flags |= recording::ThreadRecord::kCreatorsPastOpen;
  RecordThread(start.number, role, flags, &block);
  return start;
}

// In the recording it has ended at once, and was joined: beside nothing.
void StartFailed(ThreadBlock& block, const ThreadStart& start) {
  {
    const ColdSection section;
    if (recording::RecordingHeader* const header = Header(); header != nullptr) {
      __atomic_fetch_sub(&header->threads, 1, __ATOMIC_RELAXED);
    }
    if (start.number == 0 || start.process != ProcessGeneration()) return;
    auto* const record = ReserveRecord<recording::ThreadEndRecord>(RecordType::kThreadEnd);
    if (record == nullptr) return;
    record->thread = start.number;
    record->marks = 1;
    Commit(record);
  }
  Joined(block, start.number, start.process);
}

// In the recording it is another thread that goes on: the old one starts it, and ends.
bool TakeDeclaredRole(ThreadBlock& block, const char* name) {
  if (block.held.depth() != 0) return false;
  LookAtLoader(block);
  const ColdSection section;
  const char* const kept = KeepName(name);
  if (kept == nullptr) return false;
  const std::uint32_t role = DeclaredRole(kept);
  if (role == block.role) return true;
  RecordModules();
  NumberThread(block);
  ++block.marks;
  const std::uint32_t number = NextThreadNumber();
  std::uint16_t flags = recording::ThreadRecord::kOriginKnown;
  if (PastIsOpen(block)) flags |= recording::ThreadRecord::kCreatorsPastOpen;
  RecordThread(number, role, flags, &block);
  RecordThreadEnd(block);
  block.number = number;
  RenumberStarted(block.handle, number, ProcessGeneration());
  block.marks = 0;
  block.role = role;
  block.held.set_role_seed(ThreadBlock::RoleSeed(role));
  block.held.ForgetEpisodes();
  if (HandledSignals() != 0) TrackSignals(block);
  return true;
}

void Joined(ThreadBlock& block, std::uint32_t number, std::uint32_t process) {
  if (number == 0 || process != ProcessGeneration()) return;
  const ColdSection section;
  NumberThread(block);
  // What it does next in this episode comes after the end of another thread, which its past before the try does not
  // know.
  if (block.held.depth() != 0) block.has_past_before_try = false;
  auto* const record = ReserveRecord<recording::JoinRecord>(
      RecordType::kJoin, block.held.depth() != 0 ? recording::JoinRecord::kEntangled : 0);
  if (record == nullptr) return;
  record->thread = block.number;
  record->joined = number;
  Commit(record);
}

void ThreadEnds(ThreadBlock& block) {
  if (block.held.depth() != 0) LookAtLoader(block);
  const ColdSection section;
  Stack none;
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    // Another thread may have given it back.
    if (IsNoLock(block.held.entry(i).lock)) continue;
    LockSlot* const slot = FindLockById(block.held.entry(i).lock);
    if (slot != nullptr && (slot->flags & recording::LockRecord::kGate) != 0) {
      int self = block.tid.load();
      slot->inside.compare_exchange_strong(self, 0);
      continue;
    }
    if (slot != nullptr && slot->IsSemaphoreOrGate()) {
      TurnsOutNoLock(slot);
      continue;
    }
    const HeldLock& held = block.held.entry(i);
    if (slot != nullptr && !IsStillHeld(*slot, held.how.mode(), block.tid.load())) continue;
    RecordMisuse(block, recording::Misuse::kHeldAtExit, EntryOf(block, i), 0, none);
  }
  recording::RecordingHeader* const header = Header();
  if (header != nullptr) Add(header->acquisitions, block.acquisitions);
  block.acquisitions = 0;
  // Its stack and, above that, its thread-local objects.
  if (block.stack_low < block.stack_high) ForLocksIn(block.stack_low, block.memory_end, EndLock);
  if (block.number == 0 || block.process != ProcessGeneration()) return;
  RecordThreadEnd(block);
}

}  // namespace lockdep::preload
