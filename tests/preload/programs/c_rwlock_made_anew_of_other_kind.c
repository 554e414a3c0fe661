/* A reader-writer lock is made anew by assignment, which nobody sees, and lets writers go first from then on: readers
   that were in nobody's way before, at the same places, can wait for each other now. */
// expect: circular | m -> rw | unknown
#define _GNU_SOURCE
#include <pthread.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

__attribute__((noinline)) static void InnerRead(void) {
  pthread_mutex_lock(&m);
  pthread_rwlock_rdlock(&rw);
  pthread_rwlock_unlock(&rw);
  pthread_mutex_unlock(&m);
}

__attribute__((noinline)) static void OuterRead(void) {
  pthread_rwlock_rdlock(&rw);
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
  pthread_rwlock_unlock(&rw);
}

static void* Reads(void* x) {
  for (int i = 0; i < 3; ++i) OuterRead();
  pthread_barrier_wait(&both);
  pthread_barrier_wait(&both);
  for (int i = 0; i < 3; ++i) OuterRead();
  return x;
}

static void* Writes(void* x) {
  for (int i = 0; i < 3; ++i) {
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
  }
  return x;
}

int main(void) {
  pthread_t reads, writes;
  pthread_barrier_init(&both, 0, 2);
  pthread_create(&reads, 0, Reads, 0);
  pthread_barrier_wait(&both);
  for (int i = 0; i < 3; ++i) InnerRead();
  rw = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
  for (int i = 0; i < 3; ++i) InnerRead();
  pthread_barrier_wait(&both);
  pthread_join(reads, 0);
  pthread_create(&writes, 0, Writes, 0);
  pthread_join(writes, 0);
  return 0;
}
