// Finds the wait that closes a cycle of threads, as it starts.
//
// Each thread says what it waits for before it sleeps; the one that comes last sees the others.  A thread that waits
// changes nothing, so a cycle whose threads still are in the same waits at a second look is a hang, now and for ever:
// no time-out is needed.  A join can be ended by pthread_cancel: in a program that imports it no cycle with one is
// told.  A wait that ends by itself is part of none.  A reader also waits for a writer that waits for the same lock,
// where writers go first.  The idea of looking at each wait: E. Knapp, "Deadlock Detection in Distributed Databases",
// ACM Computing Surveys 19(4), 1987 (wait-for graphs, AND model).
//
// Cost: O(threads that wait) for each wait of a thread that holds something.
#ifndef LOCKDEP_PRELOAD_HANG_WATCH_H_
#define LOCKDEP_PRELOAD_HANG_WATCH_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// Threads each of which waits for a lock that the next one holds; the last one for one of the first.
struct HangCycle {
  static constexpr std::size_t kThreadsMax = 64;
  std::size_t count = 0;
  ThreadBlock* threads[kThreadsMax];
  std::uint32_t waits[kThreadsMax];   // Waiting::wait at the first look
  std::uint32_t blocks[kThreadsMax];  // which of what it holds the thread before it waits for

  bool StillStands() const;
  // Whether a join among the waits, at which a thread can be cancelled, may end so.
  bool MayBeCancelled() const;
};

// `block` has just said what it waits for.
void LookForHang(ThreadBlock& block);

// Writes it down, unless it does not stand any more.  In records.cc.
bool RecordHang(const HangCycle& cycle);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_HANG_WATCH_H_
