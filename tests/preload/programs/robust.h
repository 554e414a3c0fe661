/* What programs with a robust mutex have in common: how it is made. */
#ifndef TESTS_PRELOAD_PROGRAMS_ROBUST_H_
#define TESTS_PRELOAD_PROGRAMS_ROBUST_H_

#include <pthread.h>

static inline void InitRobust(pthread_mutex_t* mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

#endif  // TESTS_PRELOAD_PROGRAMS_ROBUST_H_
