/* A wait for a condition ends with its robust mutex not recoverable: it is not held then. */
// expect: held-at-exit | mutex | real
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "robust.h"

static pthread_mutex_t mutex;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static void* W(void* unused) {
  pthread_mutex_lock(&mutex);
  int r = pthread_cond_wait(&c, &mutex);
  printf("wait: %s\n", strerror(r));
  printf("destroy: %s\n", strerror(pthread_mutex_destroy(&mutex)));
  fflush(stdout);
  return unused;
}

static void* D(void* unused) {
  usleep(100000);
  pthread_mutex_lock(&mutex); /* ends holding it */
  return unused;
}

int main(void) {
  InitRobust(&mutex);
  pthread_t w, d;
  pthread_create(&w, 0, W, 0);
  pthread_create(&d, 0, D, 0);
  pthread_join(d, 0);
  int r = pthread_mutex_lock(&mutex);
  printf("main: %s\n", strerror(r));
  pthread_mutex_unlock(&mutex); /* not consistent: cannot be recovered */
  pthread_cond_signal(&c);
  pthread_join(w, 0);
  return 0;
}
