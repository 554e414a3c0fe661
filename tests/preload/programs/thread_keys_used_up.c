/* The program has used up all keys of thread-specific data; that a joined thread has ended is known all the same. */
// expect: circular | front -> back | unknown
#include <pthread.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;

static void* T(void* x) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return x;
}

int main(void) {
  pthread_t t;
  pthread_key_t k;
  while (pthread_key_create(&k, 0) == 0) {
  }
  pthread_create(&t, 0, T, 0);
  pthread_join(t, 0);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return 0;
}
