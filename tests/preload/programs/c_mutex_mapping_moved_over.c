/* Over a mapping with a thread's own gate another one is moved by mremap, with the gate of another thread. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
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
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, FrontFirst, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  if (places[0] != places[1]) puts("two places");
  return 0;
}
