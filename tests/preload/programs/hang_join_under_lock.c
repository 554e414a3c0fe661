/* A thread is joined under the lock that it waits for. */
// expect: circular | end of Work -> ledger | real
// hangs
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  return unused;
}

int main(void) {
  pthread_t worker;
  pthread_mutex_lock(&ledger);
  pthread_create(&worker, NULL, Work, NULL);
  pthread_join(worker, NULL);
  pthread_mutex_unlock(&ledger);
  return 0;
}
