/* A thread is cancelled in its wait for a condition; it holds the mutex again then, and its handler gives it back. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int waits = 0;

static void GiveBack(void* unused) {
  (void)unused;
  printf("given back: %d\n", pthread_mutex_unlock(&mutex));
}

static void* Wait(void* unused) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(GiveBack, NULL);
  waits = 1;
  for (;;) pthread_cond_wait(&never, &mutex);
  pthread_cleanup_pop(0);
  return unused;
}

int main(void) {
  pthread_t waiter;
  void* result = NULL;
  pthread_create(&waiter, NULL, Wait, NULL);
  for (int seen = 0; seen == 0;) {
    pthread_mutex_lock(&mutex);
    seen = waits;
    pthread_mutex_unlock(&mutex);
  }
  pthread_cancel(waiter);
  pthread_join(waiter, &result);
  printf("cancelled: %d\n", result == PTHREAD_CANCELED);
  printf("free: %d\n", pthread_mutex_trylock(&mutex));
  pthread_mutex_unlock(&mutex);
  return 0;
}
