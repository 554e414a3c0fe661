// The start and the end of the process, and its forks.
#ifndef LOCKDEP_PRELOAD_PROCESS_EVENTS_H_
#define LOCKDEP_PRELOAD_PROCESS_EVENTS_H_

#include "lockdep/recording_format.h"

namespace lockdep::preload {

// Starts to record, once, if it is asked for.  Whether something is recorded.
bool StartRecorder();

// The process ends; `end` says how.
void ProcessEnds(recording::End end);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_PROCESS_EVENTS_H_
