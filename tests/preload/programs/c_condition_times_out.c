/* Waits for conditions that nobody signals, by each function there is: the mutex is held again after each. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static struct timespec Soon(clockid_t clock) {
  struct timespec until;
  clock_gettime(clock, &until);
  until.tv_nsec += 10000000;
  if (until.tv_nsec >= 1000000000) {
    ++until.tv_sec;
    until.tv_nsec -= 1000000000;
  }
  return until;
}

int main(void) {
  pthread_mutex_lock(&mutex);
  struct timespec until = Soon(CLOCK_REALTIME);
  printf("%d ", pthread_cond_timedwait(&never, &mutex, &until));
  printf("%d ", pthread_mutex_trylock(&mutex));
  until = Soon(CLOCK_MONOTONIC);
  printf("%d ", pthread_cond_clockwait(&never, &mutex, CLOCK_MONOTONIC, &until));
  printf("%d\n", pthread_mutex_unlock(&mutex));
  mtx_t c11;
  cnd_t c11_never;
  printf("%d ", mtx_init(&c11, mtx_plain) == thrd_success);
  printf("%d ", cnd_init(&c11_never) == thrd_success);
  printf("%d ", mtx_lock(&c11) == thrd_success);
  until = Soon(CLOCK_REALTIME);
  printf("%d ", cnd_timedwait(&c11_never, &c11, &until) == thrd_timedout);
  printf("%d\n", mtx_unlock(&c11) == thrd_success);
  cnd_destroy(&c11_never);
  mtx_destroy(&c11);
  return 0;
}
