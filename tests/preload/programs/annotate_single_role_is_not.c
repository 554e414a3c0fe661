/* Two threads have a role at once of which the program declares that one has it: the declaration is not used. */
// expect: circular | front -> back | predicted
// note: two threads at a time have the role 'the committer'
#include <pthread.h>
#include <unistd.h>

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
    usleep(100000);
  } else {
    usleep(50000);
    Both(&back, &front);
  }
  return NULL;
}

int main(void) {
  pthread_t workers[2];
  for (int i = 0; i < 2; ++i) pthread_create(&workers[i], NULL, Work, i == 0 ? NULL : &front);
  for (int i = 0; i < 2; ++i) pthread_join(workers[i], NULL);
  return 0;
}
