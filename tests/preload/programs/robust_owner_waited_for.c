/* One side comes after the end of the other side's thread: a robust mutex says so. */
// expect: circular | front -> back | unknown
// expect: held-at-exit | robust | real
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "both_orders.h"
#include "robust.h"

static pthread_mutex_t robust;

static void* EndsWithIt(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_lock(&robust);
  return unused;
}

int main(void) {
  pthread_t owner;
  InitRobust(&robust);
  pthread_create(&owner, NULL, EndsWithIt, NULL);
  while (pthread_mutex_lock(&robust) != EOWNERDEAD) {
    pthread_mutex_unlock(&robust);
    usleep(1000);
  }
  pthread_mutex_consistent(&robust);
  pthread_mutex_unlock(&robust);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_join(owner, NULL);
  return 0;
}
