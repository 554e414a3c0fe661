/* Requests to unmap, map over and move the memory of a gate are refused: the gate lives. */
// expect: circular | front -> back | false | exclusive-gate
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "both_orders.h"

static volatile uintptr_t places[2];

static char* memory;
static pthread_mutex_t* gate;

static void* FrontFirst(void* unused) {
  Under(gate, &front, &back);
  places[0] = (uintptr_t)gate;
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(200000);
  Under(gate, &back, &front);
  places[1] = (uintptr_t)gate;
  return unused;
}

static int MapOver(char* where, size_t bytes, int flags, int fd, off_t offset) {
  return mmap(where, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, offset) == MAP_FAILED;
}

int main(void) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, flags, -1, 0);
  gate = (pthread_mutex_t*)(void*)(memory + 64);
  pthread_mutex_init(gate, NULL);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, FrontFirst, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  usleep(100000);
  volatile size_t nothing = 0;
  printf("%d ", munmap(memory + 16, 4000));
  printf("%d ", munmap(memory, nothing));
  printf("%d %d ", MapOver(memory + 16, 4000, flags, -1, 0), MapOver(memory, nothing, flags, -1, 0));
  printf("%d %d ", MapOver(memory, 4096, MAP_PRIVATE, 999, 0), MapOver(memory, 4096, MAP_PRIVATE, 0, 100));
  printf("%d ", mremap(memory + 16, 8192, 4096, 0) == MAP_FAILED);
  printf("%d ", mremap(memory, 8192, nothing, MREMAP_MAYMOVE) == MAP_FAILED);
  printf("%d\n", mremap(memory, 8192, 8192, MREMAP_FIXED, memory + (1 << 20)) == MAP_FAILED);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  if (places[0] != places[1]) puts("two places");
  return 0;
}
