/* A mutex is destroyed and made again in the same place: what held for the first is not true of the second. */
// expect: no finding
#include <pthread.h>

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

int main(void) {
  static pthread_mutex_t changing;
  pthread_mutex_init(&changing, NULL);
  Nested(&fixed, &changing);
  pthread_mutex_destroy(&changing);
  pthread_mutex_init(&changing, NULL);
  Nested(&changing, &fixed);
  pthread_mutex_destroy(&changing);
  return 0;
}
