/* A thread is joined under the only lock that it takes: it went well because the thread was faster. */
// expect: circular | ledger -> end of Work | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  return unused;
}

int main(void) {
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  usleep(50000);
  pthread_mutex_lock(&ledger);
  pthread_join(worker, NULL);
  pthread_mutex_unlock(&ledger);
  return 0;
}
