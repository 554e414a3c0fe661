/* No single gate is around both sides, but all schedules together need the declared one to be kept. */
// expect: circular | front -> back | false (declared) | cannot-run-concurrently | cannot-run-concurrently
#include <pthread.h>
#include <unistd.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       middle = PTHREAD_MUTEX_INITIALIZER;
static char turn;

static void* One(void* x) {
  lockdep_gate_enter(&turn);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&middle);
  lockdep_gate_leave(&turn);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&middle);
  pthread_mutex_unlock(&front);
  return x;
}

static void* Two(void* x) {
  usleep(200000);
  pthread_mutex_lock(&middle);
  pthread_mutex_lock(&back);
  lockdep_gate_enter(&turn);
  pthread_mutex_unlock(&middle);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  lockdep_gate_leave(&turn);
  pthread_mutex_unlock(&back);
  return x;
}

int main(void) {
  pthread_t one, two;
  pthread_create(&one, 0, One, 0);
  pthread_create(&two, 0, Two, 0);
  pthread_join(one, 0);
  pthread_join(two, 0);
  return 0;
}
