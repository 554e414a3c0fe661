// The start and the end of the process, and its forks.
#ifndef LOCKDEP_PRELOAD_PROCESS_EVENTS_H_
#define LOCKDEP_PRELOAD_PROCESS_EVENTS_H_

#include <cstdint>

#include "lockdep/recording_format.h"

namespace lockdep::preload {

// Starts to record, once, if it is asked for.  Whether something is recorded.
// Before the C library is ready, which is when a program's .preinit_array runs, it waits for its constructor: false,
// and what is done until then is counted as lost.
bool StartRecorder();
bool StartRecorderNow();

// The process ends; `end` says how.
void ProcessEnds(recording::End end);
// The process is about to become another program: its recording ends.  Whether it did; not in the child of a vfork,
// whose recording is its parent's.  Async-signal-safe.  `acquisitions` is what ExecDidNotHappen is given if it did not.
bool ExecBegins(std::uint64_t& acquisitions);
void ExecDidNotHappen(std::uint64_t acquisitions);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_PROCESS_EVENTS_H_
