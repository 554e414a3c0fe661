// The signal on which the user is told what all threads hold.
#ifndef LOCKDEP_PRELOAD_SIGNAL_HOOKS_H_
#define LOCKDEP_PRELOAD_SIGNAL_HOOKS_H_

namespace lockdep::preload {

// Takes the signal that LOCKDEP_STATUS_SIGNAL names by its number, if it does.  Once, before the program runs.
void InstallStatusSignal();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_SIGNAL_HOOKS_H_
