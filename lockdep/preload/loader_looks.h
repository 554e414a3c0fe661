// Whether the loader is to be asked before something is recorded.
//
// Who asks it waits for its lock.  Another thread may have that, in a callback of dl_iterate_phdr, and wait for a lock
// that this one holds: a deadlock that the program has not.  So it is asked only if an address lies in a file that was
// not there at the last look, which is found out without a lock (_dl_find_object, glibc 2.35; before, it is always
// asked).
#ifndef LOCKDEP_PRELOAD_LOADER_LOOKS_H_
#define LOCKDEP_PRELOAD_LOADER_LOOKS_H_

#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/stack.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// All below: REQUIRES the recorder's lock is not held.

// Before what the thread holds is recorded, a lock and a place beside.
void LookAtLoader(const ThreadBlock& block, const LockSlot* slot = nullptr, const recording::Where& where = {});
// Before what all threads hold and wait for is recorded.
void LookAtLoaderForAll();
// Before a stack is recorded.
void LookAtLoader(const Stack& stack);
// After dlclose, by a thread that may hold something.
void LookForUnloaded(const ThreadBlock& block);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_LOADER_LOOKS_H_
