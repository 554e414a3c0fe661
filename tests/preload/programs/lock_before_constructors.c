/* A lock that is taken before the C library is ready: what comes later is recorded all the same. */
// expect: circular | front -> back | predicted
// note: before the C library was ready
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void Early(void) { Both(&front, &back); }
__attribute__((section(".preinit_array"), used)) static void (*const early)(void) = Early;

static void* BackFirst(void* unused) {
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, BackFirst, NULL);
  usleep(50000);
  Both(&front, &back);
  pthread_join(thread, NULL);
  puts("done");
  return 0;
}
