/* A signal handler with a stack of its own locks, one lock inside the other, and has a lock on that stack.  It could
   come while main holds them. */
// expect: inconsistent-state | inner | unknown
// expect: inconsistent-state | outer | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void Handle(int signal) {
  (void)signal;
  pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
  Nested(&local, &outer);
  Nested(&outer, &inner);
}

int main(void) {
  stack_t own = {.ss_sp = malloc(65536), .ss_size = 65536};
  struct sigaction action = {.sa_handler = Handle, .sa_flags = SA_ONSTACK};
  printf("%d ", sigaltstack(&own, NULL));
  printf("%d\n", sigaction(SIGUSR1, &action, NULL));
  for (int i = 0; i < 3; ++i) {
    raise(SIGUSR1);
    Nested(&outer, &inner);
  }
  return 0;
}
