/* Handlers are left by jumps, once from a stack of their own; what comes after is no part of them. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t page = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf back;

static void OnSignal(int signal) {
  (void)signal;
  siglongjmp(back, 1);
}

static void Use(pthread_mutex_t* lock) {
  pthread_mutex_lock(lock);
  pthread_mutex_unlock(lock);
}

int main(void) {
  stack_t other = {.ss_sp = malloc(SIGSTKSZ + 65536), .ss_size = SIGSTKSZ + 65536};
  sigaltstack(&other, NULL);
  struct sigaction action = {.sa_handler = OnSignal};
  sigaction(SIGUSR1, &action, NULL);
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, NULL);
  Use(&ledger);
  Use(&page);
  if (sigsetjmp(back, 1) == 0) raise(SIGUSR1);
  Use(&ledger);
  if (sigsetjmp(back, 1) == 0) raise(SIGUSR2);
  Use(&page);
  return 0;
}
