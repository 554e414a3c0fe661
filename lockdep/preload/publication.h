// Whether anybody else can know of what a thread has made.
//
// Another thread reaches an object because its maker, after it made it, did something that the other one saw: it gave
// back a lock, started a thread, posted a semaphore, sent a signal, came to a barrier.  Each is a *release*.  An object
// that was made after its maker's last release is *unpublished*, but for what is not seen here: a store that others
// read without a lock (an atomic, a local variable that is static), a pipe, a timer; nor is that it was freed by
// another thread, or past our `free`.  So this is evidence, and no proof.
//
// Source of the term: Goetz et al., Java Concurrency in Practice, 3.2, "Publication and escape".
//
// What a thread made last is memory that it got from malloc, and locks that it initialised.  Of older ones nothing is
// known any more: they count as published.
//
// All here is of the calling thread, whose block was entered.
#ifndef LOCKDEP_PRELOAD_PUBLICATION_H_
#define LOCKDEP_PRELOAD_PUBLICATION_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// How many releases there were, counted in any way by which it is another number after each.  Those of locks need no
// count of their own on the quick path: what was taken and is not held was given back.
inline std::uint64_t Releases(const ThreadBlock& block) {
  return block.acquisitions - block.held.depth() + block.other_releases;
}
// One that is not of a lock.
inline void NoteRelease(ThreadBlock& block) { ++block.other_releases; }

// By the calling thread, if it is known already.  Async-signal-safe.
inline void ReleasedSomething() {
  ThreadBlock* const block = current_block;
  if (IsBlock(block)) NoteRelease(*block);
}

inline void NoteMade(ThreadBlock& block, std::uintptr_t begin, std::size_t bytes) {
  block.made[block.made_count++ % ThreadBlock::kMadeMax] = {begin, bytes, Releases(block)};
}
// What was made in the memory ends.
inline void NoteUnmade(ThreadBlock& block, std::uintptr_t begin, std::size_t bytes) {
  for (ThreadBlock::Made& made : block.made) {
    if (made.begin - begin < bytes) made.bytes = 0;
  }
}

// The thread has made the lock, or is its first user.  If it is unpublished, requests leave the quick path until the
// thread's next release.
void WatchPublication(ThreadBlock& block, std::uintptr_t address);
inline void StopWatchingPublication(ThreadBlock& block) {
  block.watches_publication = false;
  block.FindQuickCalls();
}
// What is to be added to a request of the lock: HeldEntry::kUnpublished, kStillUnpublished, both, or none.
// REQUIRES: block.watches_publication.
[[gnu::cold, gnu::noinline]] How PublicationOf(ThreadBlock& block, const LockSlot& wanted);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_PUBLICATION_H_
