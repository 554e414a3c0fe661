/* A library that a user preloads: stands before functions that lock, and tells at the end what was called how often. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define COUNTED(function, parameters, arguments)                             \
  static atomic_int function##_calls;                                        \
  int function parameters {                                                  \
    static int(*_Atomic next) parameters;                                    \
    if (next == NULL) next = (int(*) parameters)dlsym(RTLD_NEXT, #function); \
    ++function##_calls;                                                      \
    return next arguments;                                                   \
  }

COUNTED(pthread_mutex_lock, (pthread_mutex_t * lock), (lock))
COUNTED(pthread_mutex_timedlock, (pthread_mutex_t * lock, const struct timespec* until), (lock, until))
COUNTED(pthread_mutex_unlock, (pthread_mutex_t * lock), (lock))
COUNTED(pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_spin_trylock, (pthread_spinlock_t * lock), (lock))
COUNTED(mtx_lock, (mtx_t * lock), (lock))
COUNTED(pthread_cond_signal, (pthread_cond_t * condition), (condition))

/* By another one, that of whoever stands before this library. */
static atomic_int pthread_rwlock_wrlock_calls;
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  ++pthread_rwlock_wrlock_calls;
  int answer = EBUSY;
  while (answer == EBUSY) answer = pthread_rwlock_trywrlock(lock);
  return answer;
}

__attribute__((destructor)) static void Tell(void) {
  char text[512];
  const int length =
      snprintf(text, sizeof text,
               "mutex: %d locked, %d timed, %d unlocked\nrwlock: %d read, %d written, %d tried, %d unlocked\n"
               "spin: %d tried\nmtx: %d locked\ncond: %d signalled\n",
               pthread_mutex_lock_calls, pthread_mutex_timedlock_calls, pthread_mutex_unlock_calls,
               pthread_rwlock_rdlock_calls, pthread_rwlock_wrlock_calls, pthread_rwlock_trywrlock_calls,
               pthread_rwlock_unlock_calls, pthread_spin_trylock_calls, mtx_lock_calls, pthread_cond_signal_calls);
  if (write(1, text, (size_t)length) < 0) _exit(1);
}
