// Everything a program needs that validates its lock order.
//
//   #include "lockdep/lockdep.h"
//   lockdep::Mutex mu{LOCKDEP_NAME("Account::mu")};
//   lockdep::MutexLock lock(mu);
#ifndef LOCKDEP_LOCKDEP_H_
#define LOCKDEP_LOCKDEP_H_

#include "lockdep/annotations.h"     // IWYU pragma: export
#include "lockdep/completion.h"      // IWYU pragma: export
#include "lockdep/cond_var.h"        // IWYU pragma: export
#include "lockdep/guards.h"          // IWYU pragma: export
#include "lockdep/lock_class.h"      // IWYU pragma: export
#include "lockdep/mutex.h"           // IWYU pragma: export
#include "lockdep/percpu_rw_sem.h"   // IWYU pragma: export
#include "lockdep/recursive_mutex.h" // IWYU pragma: export
#include "lockdep/runtime.h"         // IWYU pragma: export
#include "lockdep/rw_lock.h"         // IWYU pragma: export
#include "lockdep/rw_sem.h"          // IWYU pragma: export
#include "lockdep/spin_lock.h"       // IWYU pragma: export
#include "lockdep/thread.h"          // IWYU pragma: export

#endif  // LOCKDEP_LOCKDEP_H_
