/* Readers in both orders of locks where they queue behind a writer, and there is one. */
// expect: circular | front -> back | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t front;
static pthread_rwlock_t back;

static void* FrontFirst(void* unused) {
  pthread_rwlock_rdlock(&front);
  pthread_rwlock_rdlock(&back);
  pthread_rwlock_unlock(&back);
  pthread_rwlock_unlock(&front);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(50000);
  pthread_rwlock_rdlock(&back);
  pthread_rwlock_rdlock(&front);
  pthread_rwlock_unlock(&front);
  pthread_rwlock_unlock(&back);
  return unused;
}

static void* WritesBoth(void* unused) {
  usleep(100000);
  pthread_rwlock_wrlock(&front);
  pthread_rwlock_unlock(&front);
  pthread_rwlock_wrlock(&back);
  pthread_rwlock_unlock(&back);
  return unused;
}

int main(void) {
  void* (*const routines[])(void*) = {FrontFirst, BackFirst, WritesBoth};
  pthread_t threads[sizeof routines / sizeof *routines];
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_init(&front, &attributes);
  pthread_rwlock_init(&back, &attributes);
  for (unsigned i = 0; i < sizeof routines / sizeof *routines; ++i) {
    pthread_create(&threads[i], NULL, routines[i], NULL);
  }
  for (unsigned i = 0; i < sizeof routines / sizeof *routines; ++i) pthread_join(threads[i], NULL);
  return 0;
}
