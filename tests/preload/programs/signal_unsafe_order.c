/* A handler takes `front`.  A thread takes `back` inside `front`, with the signal blocked; main holds `back` while it can
   come: its handler waits for `front`, whose holder waits for `back`. */
// expect: irq-unsafe-order | front -> back | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void OnSignal(int signal) {
  (void)signal;
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
}

static void* Work(void* unused) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

int main(void) {
  signal(SIGALRM, OnSignal);
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  pthread_join(worker, NULL);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  raise(SIGALRM);
  return 0;
}
