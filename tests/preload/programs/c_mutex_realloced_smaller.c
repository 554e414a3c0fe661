/* The end of a block, with a thread's own gate in it, is given back by realloc; that of another thread comes to lie
   there. */
// expect: circular | front -> back | predicted
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static volatile uintptr_t places[2];

static void Under(pthread_mutex_t* gate, pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(gate);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  pthread_mutex_unlock(gate);
}

static void* FrontFirst(void* unused) {
  char* block = malloc(2 << 20);
  pthread_mutex_t* gate = (pthread_mutex_t*)(void*)(block + (1 << 20));
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  places[0] = (uintptr_t)gate;
  char* smaller = realloc(block, 1 << 19);
  pthread_mutex_t* made = NULL;
  if (smaller == block) made = (pthread_mutex_t*)(void*)((char*)realloc(smaller, 2 << 20) + (1 << 20));
  places[1] = (uintptr_t)made;
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  pthread_mutex_t* gate = (pthread_mutex_t*)places[1];
  if (gate == NULL) return unused;
  *gate = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  Under(gate, &back, &front);
  return unused;
}

int main(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, FrontFirst, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
