/* A mutex with a priority ceiling, which not every user may take: its answers are those of the C library. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

int main(void) {
  pthread_mutex_t ceiling;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  printf("%d ", pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT));
  printf("%d ", pthread_mutexattr_setprioceiling(&attributes, 1));
  printf("%d ", pthread_mutex_init(&ceiling, &attributes));
  const int locked = pthread_mutex_lock(&ceiling);
  printf("%d ", locked);
  if (locked == 0) printf("%d ", pthread_mutex_unlock(&ceiling));
  const int tried = pthread_mutex_trylock(&ceiling);
  printf("%d ", tried);
  if (tried == 0) printf("%d ", pthread_mutex_unlock(&ceiling));
  printf("%d\n", pthread_mutex_destroy(&ceiling));
  return 0;
}
