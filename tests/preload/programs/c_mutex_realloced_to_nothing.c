/* The memory of a thread's own gate ends by realloc to 0 bytes; that of another thread comes to lie there. */
// expect: circular | front -> back | predicted
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t* volatile others_gate;

static void Under(pthread_mutex_t* gate, pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(gate);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  pthread_mutex_unlock(gate);
}

static void* FrontFirst(void* unused) {
  pthread_mutex_t* gate = malloc(sizeof *gate);
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  const size_t nothing = 0;
  if (realloc(gate, nothing) != NULL) puts("something");
  others_gate = malloc(sizeof *gate);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  pthread_mutex_t* gate = others_gate;
  *gate = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  Under(gate, &back, &front);
  free(gate);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, FrontFirst, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
