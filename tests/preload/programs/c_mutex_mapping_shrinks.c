/* A mapping shrinks by mremap, and a thread's own gate was at its end; that of another thread comes to lie there. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "both_orders.h"

static volatile uintptr_t places[2];

/* Where nothing else is mapped. */
static void* const kPlace = (void*)0x2000000000;

static char* Map(void* where, size_t bytes, int flags) {
  return mmap(where, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void* FrontFirst(void* unused) {
  char* block = Map(kPlace, 1 << 20, 0);
  pthread_mutex_t* gate = (pthread_mutex_t*)(void*)(block + (512 << 10));
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  places[0] = (uintptr_t)gate;
  if (mremap(block, 1 << 20, 4096, 0) != block) puts("not smaller");
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  char* where = (char*)places[0];
  char* block = Map(where, 4096, MAP_FIXED_NOREPLACE);
  pthread_mutex_t* gate = (pthread_mutex_t*)(void*)block;
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
