/* A thread is joined under two locks, which it takes itself in the same order: it waits at the first of them. */
// expect: circular | gate -> end of Work | unknown
// expect: circular | lock -> end of Work | unknown
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&gate);
  return unused;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, Work, 0);
  usleep(200000);
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&lock);
  pthread_join(t, 0);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&gate);
  return 0;
}
