/* The first thread of its kind could not be started; two more were, one after the other. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;

static void* T(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  pthread_attr_t big, small;
  pthread_attr_init(&big);
  pthread_attr_setstacksize(&big, 1ul << 46);
  pthread_attr_init(&small);
  for (int i = 0; i < 3; i++) {
    pthread_t t;
    int r = pthread_create(&t, i == 0 ? &big : &small, T, 0);
    printf("create: %d\n", r);
    if (r == 0) pthread_join(t, 0);
  }
  return 0;
}
