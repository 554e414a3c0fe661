/* A segment of shared memory with a thread's own gate is detached; that of another thread comes to lie there. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "both_orders.h"

static volatile uintptr_t places[2];

/* Where nothing else is mapped. */
static void* const kPlace = (void*)0x2000000000;

static void* Attach(const void* where) {
  const int id = shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
  void* memory = shmat(id, where, 0);
  shmctl(id, IPC_RMID, NULL);
  return memory;
}

static void* FrontFirst(void* unused) {
  pthread_mutex_t* gate = Attach(kPlace);
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  places[0] = (uintptr_t)gate;
  if (shmdt(gate) != 0) puts("not detached");
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  pthread_mutex_t* gate = Attach(kPlace);
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
