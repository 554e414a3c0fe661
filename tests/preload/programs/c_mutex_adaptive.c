/* Mutexes that spin before they sleep, in opposite orders. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t back = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;

static void* FrontFirst(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  pthread_t one;
  pthread_t two;
  pthread_create(&one, NULL, FrontFirst, NULL);
  pthread_create(&two, NULL, BackFirst, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
