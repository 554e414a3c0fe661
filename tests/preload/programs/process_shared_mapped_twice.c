/* A process-shared mutex, mapped at two places, is the gate. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *G1, *G2;

static void* T(void* unused) {
  pthread_mutex_lock(G1);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(G1);
  return unused;
}

static void* U(void* unused) {
  usleep(300000);
  pthread_mutex_lock(G2);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(G2);
  return unused;
}

int main(void) {
  int fd = memfd_create("x", 0);
  ftruncate(fd, 4096);
  G1 = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  G2 = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(G1, &a);
  pthread_t t, u;
  pthread_create(&t, 0, T, 0);
  pthread_create(&u, 0, U, 0);
  pthread_join(t, 0);
  pthread_join(u, 0);
  return 0;
}
