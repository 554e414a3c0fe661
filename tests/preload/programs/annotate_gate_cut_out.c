/* A gate turns out to be none, and was the only thing that was held all the way: what came after the first lock inside
 * of it is evidence as well. */
// expect: circular | front -> back | predicted
// expect: circular | outer -> middle | predicted
#include <pthread.h>
#include <unistd.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       outer = PTHREAD_MUTEX_INITIALIZER, middle = PTHREAD_MUTEX_INITIALIZER,
                       other = PTHREAD_MUTEX_INITIALIZER;
static char turn;

static void* One(void* x) {
  for (int i = 0; i < 2; ++i) {
    if (i != 0) {
      lockdep_gate_enter(&turn);
      pthread_mutex_lock(&other);
      pthread_mutex_unlock(&other);
    } else
      pthread_mutex_lock(&outer);
    pthread_mutex_lock(&front);
    pthread_mutex_lock(&middle);
    if (i == 0) pthread_mutex_unlock(&outer);
    pthread_mutex_lock(&back);
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&middle);
    pthread_mutex_unlock(&front);
    if (i != 0) lockdep_gate_leave(&turn);
  }
  return x;
}

static void* Two(void* x) {
  usleep(200000);
  pthread_mutex_lock(&middle);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&outer);
  pthread_mutex_unlock(&middle);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&outer);
  pthread_mutex_unlock(&back);
  return x;
}

static void* InGate(void* x) {
  usleep(400000);
  lockdep_gate_enter(&turn);
  usleep(100000);
  lockdep_gate_leave(&turn);
  return x;
}

int main(void) {
  pthread_t t[4];
  pthread_create(&t[0], 0, One, 0);
  pthread_create(&t[1], 0, Two, 0);
  pthread_create(&t[2], 0, InGate, 0);
  pthread_create(&t[3], 0, InGate, 0);
  for (int i = 0; i < 4; ++i) pthread_join(t[i], 0);
  return 0;
}
