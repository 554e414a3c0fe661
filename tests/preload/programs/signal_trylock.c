/* A handler only tries the lock: it never waits for what it interrupted. */
// expect: no finding
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void OnSignal(int signal) {
  (void)signal;
  if (pthread_mutex_trylock(&ledger) == 0) pthread_mutex_unlock(&ledger);
}

int main(void) {
  signal(SIGUSR1, OnSignal);
  pthread_mutex_lock(&ledger);
  raise(SIGUSR1);
  pthread_mutex_unlock(&ledger);
  raise(SIGUSR1);
  return 0;
}
