/* Threads of one role, one at a time as the program declares, take both orders. */
// expect: circular | front -> back | false | same-thread
#include <pthread.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* Work(void* order) {
  lockdep_single_thread_role("the committer");
  if (order == NULL) {
    Both(&front, &back);
  } else {
    Both(&back, &front);
  }
  return NULL;
}

int main(void) {
  for (int i = 0; i < 2; ++i) {
    pthread_t worker;
    pthread_create(&worker, NULL, Work, i == 0 ? NULL : &front);
    pthread_join(worker, NULL);
  }
  return 0;
}
