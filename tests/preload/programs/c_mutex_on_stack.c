/* Functions called one after the other have a mutex each at one address; their caller locks something in between. */
// expect: no finding
// exit: 0
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

static void UnderShared(uintptr_t* place) {
  pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
  Nested(&shared, &local);
  *place = (uintptr_t)&local;
}

static void AroundShared(uintptr_t* place) {
  pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
  Nested(&local, &shared);
  *place = (uintptr_t)&local;
}

int main(void) {
  uintptr_t places[2];
  UnderShared(&places[0]);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  AroundShared(&places[1]);
  return places[0] == places[1] ? 0 : 1;
}
