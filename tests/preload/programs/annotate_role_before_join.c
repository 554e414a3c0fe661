/* A thread takes a declared role and is joined before the other order is done. */
// expect: circular | A -> B | unknown
#define _GNU_SOURCE
#include <pthread.h>

#include "lockdep/annotate.h"
static pthread_mutex_t A = PTHREAD_MUTEX_INITIALIZER, B = PTHREAD_MUTEX_INITIALIZER;
static void* T(void* a) {
  (void)a;
  lockdep_single_thread_role("worker");
  pthread_mutex_lock(&A);
  pthread_mutex_lock(&B);
  pthread_mutex_unlock(&B);
  pthread_mutex_unlock(&A);
  return 0;
}
int main() {
  pthread_t t;
  pthread_create(&t, 0, T, 0);
  pthread_join(t, 0);
  pthread_mutex_lock(&B);
  pthread_mutex_lock(&A);
  pthread_mutex_unlock(&A);
  pthread_mutex_unlock(&B);
  return 0;
}
