/* Threads with the smallest stack that there may be lock, one inside the other. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* FrontFirst(void* unused) {
  Both(&front, &back);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(50000);
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  printf("%d ", pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN));
  printf("%d ", pthread_create(&threads[0], &attributes, FrontFirst, NULL));
  printf("%d ", pthread_create(&threads[1], &attributes, BackFirst, NULL));
  printf("%d ", pthread_join(threads[0], NULL));
  printf("%d\n", pthread_join(threads[1], NULL));
  return 0;
}
