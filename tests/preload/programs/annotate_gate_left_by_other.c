/* Who enters a gate lets another thread leave it, and goes on: it does not exclude anybody then. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <stdio.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static char turn;

static void* Three(void* x) {
  lockdep_gate_enter(&turn);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  lockdep_gate_leave(&turn);
  return x;
}

static void* Two(void* x) {
  lockdep_gate_leave(&turn);
  return x;
}

static void* One(void* x) {
  pthread_t t;
  lockdep_gate_enter(&turn);
  pthread_create(&t, 0, Two, 0);
  pthread_join(t, 0);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return x;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, Three, 0);
  pthread_join(t, 0);
  pthread_create(&t, 0, One, 0);
  pthread_join(t, 0);
  return 0;
}
