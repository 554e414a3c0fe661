/* A thread is joined under a lock that it never takes, or only tries: it does not wait for who waits for it. */
// expect: no finding
// exit: 0
#include <pthread.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&own);
  pthread_mutex_unlock(&own);
  if (pthread_mutex_trylock(&ledger) == 0) pthread_mutex_unlock(&ledger);
  return unused;
}

int main(void) {
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  pthread_mutex_lock(&ledger);
  pthread_join(worker, NULL);
  pthread_mutex_unlock(&ledger);
  return 0;
}
