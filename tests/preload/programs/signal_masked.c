/* The lock of a handler is held only while its signal is blocked; another one that can come is handled without it. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void Locks(int signal) {
  (void)signal;
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
}
static void DoesNot(int signal) { (void)signal; }

int main(void) {
  struct sigaction action = {.sa_handler = Locks};
  sigaction(SIGUSR1, &action, NULL);
  action.sa_handler = DoesNot;
  sigaction(SIGUSR2, &action, NULL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, NULL);
  pthread_mutex_lock(&ledger);
  raise(SIGUSR2);
  pthread_mutex_unlock(&ledger);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
  raise(SIGUSR1);
  return 0;
}
