/* The memory of a mutex moves by realloc, and another one comes to lie where it was: they are two. */
// expect: no finding
// exit: 0
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

int main(void) {
  pthread_mutex_t* first = malloc(sizeof *first);
  pthread_mutex_init(first, NULL);
  Nested(&fixed, first);
  void* behind = malloc(sizeof *first);
  const uintptr_t place = (uintptr_t)first;
  void* moved = realloc(first, 100000);
  pthread_mutex_t* second = malloc(sizeof *second);
  *second = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  Nested(second, &fixed);
  const int same = (uintptr_t)second == place;
  free(second);
  free(moved);
  free(behind);
  return same ? 0 : 1;
}
