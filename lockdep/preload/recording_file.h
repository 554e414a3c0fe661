// The file that the recorder writes: mapped, so what was written is there whatever becomes of the process.
//
// Made in the directory that LOCKDEP_RECORDING names; without it nothing is recorded.  The file is sparse and mapped
// whole; before a page is used the kernel is asked for it, so that a full disk ends the recording, not the program.
// No descriptor stays open.
#ifndef LOCKDEP_PRELOAD_RECORDING_FILE_H_
#define LOCKDEP_PRELOAD_RECORDING_FILE_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/recording_format.h"

namespace lockdep::preload {

// A generation of the process: 1, and one more in the child of each fork.
std::uint32_t ProcessGeneration();

// Null: nothing is recorded.
recording::RecordingHeader* Header();

// As LOCKDEP_RECORDING had it at the start; empty if there was none.
const char* RecordingDirectory();

// Opens the file of this process.  REQUIRES: it has none yet; no other thread records.
void OpenRecording();
// In the child of a fork: what the parent writes is its own.  The child's file is opened with its first record; where
// that fails, as it may under another user, in another root, or without files, it is counted in the parent's header,
// which stays mapped until then.
// REQUIRES: the recorder's lock is held.
void LeaveParentsRecording();

// Unmaps what is not used yet.  It is mapped again step by step, as long as there is room behind; then the recording is
// full.  For a program that locks its memory.  REQUIRES: the recorder's lock is not held.
void CutRecording();

// Room for a record of `bytes`, zeroed; null if there is none.  REQUIRES: the recorder's lock is held.
void* Reserve(std::size_t bytes);
// The record that Reserve gave is whole.
void Commit(void* record);

// Reserves a record of type T with `extra` bytes behind it, and fills in its head.
template <class T>
T* ReserveRecord(recording::RecordType type, std::uint16_t flags = 0, std::size_t extra = 0) {
  const std::size_t bytes = (sizeof(T) + extra + 7) & ~std::size_t{7};
  auto* const record = static_cast<T*>(Reserve(bytes));
  if (record == nullptr) return nullptr;
  record->head = {static_cast<std::uint32_t>(bytes), type, flags};
  return record;
}

// Writes into the header how often the program asked the kernel for a futex by itself; Commit does it, too.
void TellFutexCalls();

// What could not be written down, in the header of this process, or of its parent.  Async-signal-safe.
void CountUnwritten();

// Chains and episodes past the cap.  Async-signal-safe, as CountLost.
void CountCapped();

inline void Add(std::uint64_t& counter, std::uint64_t more) { __atomic_fetch_add(&counter, more, __ATOMIC_RELAXED); }
inline void Add(std::uint32_t& counter, std::uint32_t more) { __atomic_fetch_add(&counter, more, __ATOMIC_RELAXED); }

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_RECORDING_FILE_H_
