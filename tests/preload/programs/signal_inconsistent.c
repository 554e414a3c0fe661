/* A handler takes a lock that main holds while the signal can come. */
// expect: inconsistent-state | ledger | unknown
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void OnSignal(int signal) {
  (void)signal;
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
}

int main(void) {
  signal(SIGUSR1, OnSignal);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  raise(SIGUSR1);
  return 0;
}
