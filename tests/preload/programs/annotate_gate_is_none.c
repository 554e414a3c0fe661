/* Two threads are inside the gate that the program declares: it is none, and excludes nothing. */
// expect: circular | front -> back | predicted
#include <pthread.h>
#include <unistd.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static int gate;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* First(void* unused) {
  lockdep_gate_enter(&gate);
  Both(&front, &back);
  usleep(100000);
  lockdep_gate_leave(&gate);
  return unused;
}
static void* Second(void* unused) {
  usleep(50000);
  lockdep_gate_enter(&gate);
  Both(&back, &front);
  lockdep_gate_leave(&gate);
  return unused;
}

int main(void) {
  pthread_t one;
  pthread_t two;
  pthread_create(&one, NULL, First, NULL);
  pthread_create(&two, NULL, Second, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
