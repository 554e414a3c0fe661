/* A mutex that checks refuses what is wrong: a second lock, and an unlock by a thread that has not got it. */
// expect: no finding
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

static void* UnlocksWhatItHasNot(void* unused) {
  (void)unused;
  printf("not mine: %d\n", pthread_mutex_unlock(&checked) == EPERM);
  return NULL;
}

int main(void) {
  pthread_t other;
  printf("first: %d\n", pthread_mutex_lock(&checked));
  printf("second: %d\n", pthread_mutex_lock(&checked) == EDEADLK);
  pthread_create(&other, NULL, UnlocksWhatItHasNot, NULL);
  pthread_join(other, NULL);
  printf("unlock: %d\n", pthread_mutex_unlock(&checked));
  printf("again: %d\n", pthread_mutex_unlock(&checked) == EPERM);
  return 0;
}
