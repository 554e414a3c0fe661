/* The program has a handler of its own for the signal with which it is asked what its threads hold. */
// expect: no finding
// run: --status-signal USR1
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t page = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t handled;

static void OnSignal(int signal) { handled = signal; }

static void* Keeper(void* unused) {
  pthread_mutex_lock(&page);
  pthread_mutex_lock(&ledger);
  usleep(1500000);
  pthread_mutex_unlock(&ledger);
  pthread_mutex_unlock(&page);
  return unused;
}
static void* Waiter(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  return unused;
}

int main(void) {
  printf("%d\n", signal(SIGUSR1, OnSignal) == SIG_DFL);
  pthread_t keeper;
  pthread_t waiter;
  pthread_create(&keeper, NULL, Keeper, NULL);
  pthread_create(&waiter, NULL, Waiter, NULL);
  usleep(150000);
  kill(getpid(), SIGUSR1);
  pthread_join(keeper, NULL);
  pthread_join(waiter, NULL);
  struct sigaction now;
  sigaction(SIGUSR1, NULL, &now);
  printf("%d %d\n", handled == SIGUSR1, now.sa_handler == OnSignal);
  return 0;
}
