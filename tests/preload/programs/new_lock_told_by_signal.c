/* A lock that its maker tells of by a signal, for which another thread waits, and takes first all the same. */
// expect: circular | list_mutex -> Make at new_lock_told_by_signal.c | unknown
// exit: 66
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t* told;
static sigset_t signals;

static void* Walk(void* unused) {
  int signal;
  sigwait(&signals, &signal);
  pthread_mutex_t* const mine = told;
  sigwait(&signals, &signal);
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_lock(mine);
  pthread_mutex_unlock(mine);
  pthread_mutex_unlock(&list_mutex);
  return unused;
}

static void Make(pthread_t walker) {
  pthread_mutex_t* const mutex = malloc(sizeof *mutex);
  pthread_mutex_init(mutex, NULL);
  told = mutex;
  pthread_kill(walker, SIGUSR1);
  pthread_mutex_lock(mutex);
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_unlock(&list_mutex);
  pthread_mutex_unlock(mutex);
  pthread_kill(walker, SIGUSR2);
}

int main(void) {
  pthread_t walker;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  pthread_create(&walker, NULL, Walk, NULL);
  Make(walker);
  pthread_join(walker, NULL);
  pthread_mutex_destroy(told);
  free(told);
  return 0;
}
