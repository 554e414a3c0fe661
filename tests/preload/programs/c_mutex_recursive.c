/* A recursive mutex is taken again under another lock: its holder gets it at once, so the order does not turn. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t again;
static pthread_mutex_t between = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&again, &attributes);
  pthread_mutexattr_destroy(&attributes);
  for (int i = 0; i < 3; ++i) {
    printf("%d ", pthread_mutex_lock(&again));
    printf("%d ", pthread_mutex_lock(&between));
    printf("%d ", pthread_mutex_lock(&again));
    printf("%d ", pthread_mutex_trylock(&again));
    printf("%d ", pthread_mutex_unlock(&again));
    printf("%d ", pthread_mutex_unlock(&between));
    printf("%d ", pthread_mutex_unlock(&again));
    printf("%d\n", pthread_mutex_unlock(&again));
  }
  printf("%d\n", pthread_mutex_destroy(&again));
  return 0;
}
