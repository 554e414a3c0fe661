/* A mutex is destroyed by the thread that holds it: the C library refuses, but POSIX leaves undefined what happens. */
// expect: held-lock-freed | ledger | real
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  pthread_mutex_lock(&ledger);
  printf("%d\n", pthread_mutex_destroy(&ledger) == EBUSY);
  pthread_mutex_unlock(&ledger);
  return 0;
}
