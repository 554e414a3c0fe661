/* Memory with a mutex is mapped over by new memory with another one, without an unmap between them. */
// expect: no finding
// exit: 0
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

static pthread_mutex_t* Map(void* where, int flags) {
  pthread_mutex_t* mapped = mmap(where, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (mapped != MAP_FAILED) *mapped = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  return mapped;
}

int main(void) {
  pthread_mutex_t* first = Map(NULL, 0);
  if (first == MAP_FAILED) return 1;
  Nested(&fixed, first);
  pthread_mutex_t* second = Map(first, MAP_FIXED);
  if (second != first) return 1;
  Nested(second, &fixed);
  return 0;
}
