/* A lock is taken while the signal is blocked, which then is let in. */
// expect: inconsistent-state | ledger | unknown
#define _GNU_SOURCE
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
  raise(SIGUSR1);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, NULL);
  pthread_mutex_lock(&ledger);
  sigprocmask(SIG_UNBLOCK, &one, NULL);
  sigprocmask(SIG_BLOCK, &one, NULL);
  pthread_mutex_unlock(&ledger);
  return 0;
}
