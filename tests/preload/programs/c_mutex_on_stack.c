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

static uintptr_t UnderShared(void) {
  pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
  Nested(&shared, &local);
  return (uintptr_t)&local;
}

static uintptr_t AroundShared(void) {
  pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
  Nested(&local, &shared);
  return (uintptr_t)&local;
}

int main(void) {
  const uintptr_t first = UnderShared();
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  return first == AroundShared() ? 0 : 1;
}
