/* A thread ends with a robust mutex; the next one is told so, makes it whole, and it is used as before. */
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
  printf("%d ", pthread_mutex_lock(&robust) == EOWNERDEAD);
  printf("%d ", pthread_mutex_consistent(&robust));
  printf("%d ", pthread_mutex_unlock(&robust));
  printf("%d ", pthread_mutex_lock(&robust));
  printf("%d ", pthread_mutex_unlock(&robust));
  printf("%d\n", pthread_mutex_destroy(&robust));
  return 0;
}
