/* A robust mutex whose owner died is given back without being made whole: from then on each lock is refused. */
// expect: held-at-exit | robust | real
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "robust.h"

static pthread_mutex_t robust;

static void* EndsWithIt(void* unused) {
  (void)unused;
  pthread_mutex_lock(&robust);
  return NULL;
}

int main(void) {
  pthread_t owner;
  InitRobust(&robust);
  pthread_create(&owner, NULL, EndsWithIt, NULL);
  pthread_join(owner, NULL);
  printf("%d ", pthread_mutex_trylock(&robust) == EOWNERDEAD);
  printf("%d ", pthread_mutex_unlock(&robust));
  printf("%d ", pthread_mutex_lock(&robust) == ENOTRECOVERABLE);
  printf("%d ", pthread_mutex_lock(&robust) == ENOTRECOVERABLE);
  printf("%d\n", pthread_mutex_destroy(&robust));
  return 0;
}
