/* A reader of a lock where readers come first, and of one where they do not, takes it a second time. */
// expect: recursive | queueing | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t passing = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t queueing = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void ReadTwice(pthread_rwlock_t* lock) {
  printf("%d ", pthread_rwlock_rdlock(lock));
  printf("%d ", pthread_rwlock_rdlock(lock));
  printf("%d ", pthread_rwlock_unlock(lock));
  printf("%d\n", pthread_rwlock_unlock(lock));
}

int main(void) {
  ReadTwice(&passing);
  ReadTwice(&queueing);
  return 0;
}
