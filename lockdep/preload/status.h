// What all threads hold and wait for, on demand.
#ifndef LOCKDEP_PRELOAD_STATUS_H_
#define LOCKDEP_PRELOAD_STATUS_H_

namespace lockdep::preload {

// Writes it down.  Usable in a signal handler.  Threads go on meanwhile: what one holds is read twice, and if it has
// changed in between, it is not told.
void RecordStatus();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_STATUS_H_
