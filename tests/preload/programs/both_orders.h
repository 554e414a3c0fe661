/* What programs about gates have in common: two threads take two locks in both orders, each under a gate. */
#ifndef TESTS_PRELOAD_PROGRAMS_BOTH_ORDERS_H_
#define TESTS_PRELOAD_PROGRAMS_BOTH_ORDERS_H_

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static inline void Under(pthread_mutex_t* gate, pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(gate);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  pthread_mutex_unlock(gate);
}

/* Both run at a time; they are of two kinds, for they have two routines and are started at two places. */
static inline void Together(void* (*front_first)(void*), void* (*back_first)(void*)) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, front_first, NULL);
  pthread_create(&threads[1], NULL, back_first, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
}

#endif  // TESTS_PRELOAD_PROGRAMS_BOTH_ORDERS_H_
