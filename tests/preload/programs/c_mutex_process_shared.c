/* Mutexes that processes could share, in opposite orders within one process. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front;
static pthread_mutex_t back;

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
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&front, &attributes);
  pthread_mutex_init(&back, &attributes);
  pthread_create(&one, NULL, FrontFirst, NULL);
  pthread_create(&two, NULL, BackFirst, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
