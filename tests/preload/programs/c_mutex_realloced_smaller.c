/* The end of a block, with a thread's own gate in it, is given back by realloc; that of another thread comes to lie
   there. */
// expect: circular | front -> back | predicted
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "both_orders.h"

static volatile uintptr_t places[2];

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
  Together(FrontFirst, BackFirst);
  return 0;
}
