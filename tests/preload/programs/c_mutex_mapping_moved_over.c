/* Over a mapping with a thread's own gate another one is moved by mremap, with the gate of another thread. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "both_orders.h"

static volatile uintptr_t places[2];

static char* Map(void) { return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }

static void* FrontFirst(void* unused) {
  pthread_mutex_t* gate = (pthread_mutex_t*)(void*)Map();
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  places[0] = (uintptr_t)gate;
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  char* where = (char*)places[0];
  char* moved = mremap(Map(), 1 << 20, 1 << 20, MREMAP_MAYMOVE | MREMAP_FIXED, where);
  pthread_mutex_t* gate = (pthread_mutex_t*)(void*)moved;
  *gate = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  Under(gate, &back, &front);
  places[1] = (uintptr_t)gate;
  return unused;
}

int main(void) {
  Together(FrontFirst, BackFirst);
  if (places[0] != places[1]) puts("two places");
  return 0;
}
