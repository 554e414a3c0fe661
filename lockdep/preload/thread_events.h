// The start and the end of threads, turned into records.
#ifndef LOCKDEP_PRELOAD_THREAD_EVENTS_H_
#define LOCKDEP_PRELOAD_THREAD_EVENTS_H_

#include <cstdint>

#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// The calling thread is about to create one, which runs `routine`.  The result tells of it.
ThreadStart Creating(ThreadBlock& block, std::uint32_t role, std::uintptr_t routine);
// The thread that Creating told of could not be started.
void StartFailed(ThreadBlock& block, const ThreadStart& start);
// The thread has a role of this name from now on, which one thread at a time has.  False: it holds something, so
// nothing is changed.
bool TakeDeclaredRole(ThreadBlock& block, const char* name);
// It has waited for the end of that thread.
void Joined(ThreadBlock& block, std::uint32_t number, std::uint32_t process);
// The thread does nothing more that is seen.
void ThreadEnds(ThreadBlock& block);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_THREAD_EVENTS_H_
