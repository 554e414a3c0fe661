/* A thread does at the same places what one before it did that has ended: to a lock which only that one had used, it is
   another thread. */
// expect: circular | One at thread_after_thread.c -> outer | predicted
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, *inner;

__attribute__((noinline)) static void Take(void) {
  pthread_mutex_lock(inner);
  pthread_mutex_lock(&outer);
  pthread_mutex_unlock(&outer);
  pthread_mutex_unlock(inner);
}

static void* One(void* x) {
  if (inner == NULL) {
    inner = malloc(sizeof *inner);
    pthread_mutex_init(inner, NULL);
  }
  for (int i = 0; i < 3; ++i) Take();
  return x;
}

static void* Beside(void* x) {
  usleep(400000);
  pthread_mutex_lock(&outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(&outer);
  return x;
}

int main(void) {
  pthread_t one, two, beside;
  pthread_create(&beside, 0, Beside, 0);
  pthread_create(&one, 0, One, 0);
  pthread_join(one, 0);
  pthread_create(&two, 0, One, 0);
  pthread_join(two, 0);
  pthread_join(beside, 0);
  return 0;
}
