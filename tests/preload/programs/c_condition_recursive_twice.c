/* A condition wait gives back only one of two holds of a recursive mutex. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile int go;

static void* Signals(void* unused) {
  (void)unused;
  usleep(100000);
  go = 1;
  pthread_cond_signal(&condition);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, Signals, NULL);
  pthread_mutex_lock(&mutex);
  pthread_mutex_lock(&mutex);
  while (!go) pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, NULL);
  return 0;
}
