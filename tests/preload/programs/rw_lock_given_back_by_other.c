/* A reader's hold is given back by another thread, as it works here; then it waits to write while a third one reads. */
// expect: unbalanced-unlock | lock | real
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void* T(void* unused) {
  pthread_rwlock_rdlock(&lock);
  usleep(300000);
  pthread_rwlock_wrlock(&lock);
  pthread_rwlock_unlock(&lock);
  return unused;
}

static void* U(void* unused) {
  usleep(100000);
  pthread_rwlock_unlock(&lock); /* for T, which handed its reading on */
  return unused;
}

static void* V(void* unused) {
  usleep(200000);
  pthread_rwlock_rdlock(&lock);
  usleep(300000);
  pthread_rwlock_unlock(&lock);
  return unused;
}

int main(void) {
  pthread_t t, u, v;
  pthread_create(&t, 0, T, 0);
  pthread_create(&u, 0, U, 0);
  pthread_create(&v, 0, V, 0);
  pthread_join(t, 0);
  pthread_join(u, 0);
  pthread_join(v, 0);
  puts("done");
  return 0;
}
