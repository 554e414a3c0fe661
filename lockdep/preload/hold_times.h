// How long locks are held, where the user wants to know of those held too long.
//
// Cost: one comparison for each request and release; two looks at the clock where holds are timed.
#ifndef LOCKDEP_PRELOAD_HOLD_TIMES_H_
#define LOCKDEP_PRELOAD_HOLD_TIMES_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// Longer is too long; 0: holds are not timed.  LOCKDEP_HELD_LONGER_NS.
extern constinit std::uint64_t hold_limit_ns;
void ReadHoldLimit();

inline bool HoldsAreTimed() { return hold_limit_ns != 0; }
// The innermost entry was just pushed.
[[gnu::cold, gnu::noinline]] void NoteTaken(ThreadBlock& block);
// Entry `index` is about to go.  Of one pair of places and one lock, a hold is recorded that takes twice as long.
[[gnu::cold, gnu::noinline]] void NoteGiven(ThreadBlock& block, std::size_t index, const CallPlace& call);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_HOLD_TIMES_H_
