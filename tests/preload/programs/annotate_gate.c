/* Both orders lie inside a gate that is no lock: an atomic flag, which the program declares. */
// expect: circular | front -> back | false | exclusive-gate
#include <pthread.h>
#include <stdatomic.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static atomic_flag turn = ATOMIC_FLAG_INIT;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  while (atomic_flag_test_and_set(&turn)) {
  }
  lockdep_gate_enter(&turn);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  lockdep_gate_leave(&turn);
  atomic_flag_clear(&turn);
}

static void* Work(void* unused) {
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  Both(&front, &back);
  pthread_join(worker, NULL);
  return 0;
}
