// What a lock says of itself, in the memory of glibc's: who has it, whether it is free.
//
// The program may have unmapped that memory, closed it to everybody, or not given it to the child of a fork: the kernel
// is asked before it is read.  What cannot be read says nothing.
//
// Usable in a signal handler.  Cost: a system call.
#ifndef LOCKDEP_PRELOAD_LOCK_WORDS_H_
#define LOCKDEP_PRELOAD_LOCK_WORDS_H_

#include <pthread.h>

#include "lockdep/preload/lock_table.h"

namespace lockdep::preload {

// The number (gettid) of the thread that has a mutex, or has a reader-writer lock to write; 0: none, or it is not
// known.
int OwnerOf(const LockSlot& slot);
// Whether the thread, which took it so, has it still.  One that does not say so is believed to be held, unless a thread
// gave it back that had not taken it.
bool IsStillHeld(const LockSlot& slot, Mode mode, int thread);
// Whether somebody has a spin lock, whose memory can be read.
bool IsSpinHeld(const pthread_spinlock_t& lock);
// Nobody has it; one that does not say so is not known to be free.
bool SaysItIsFree(const LockSlot& slot);
// The lock says that the thread, which took it so, has it no more: what gave it back was not seen.
bool SaysItWasGivenBack(const LockSlot& slot, Mode mode, int thread);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_LOCK_WORDS_H_
