/* errno is what it was after every call, also those that fail. */
// expect: self-deadlock | inner | unknown
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;

static void Say(int answer) {
  const int after = errno;
  printf("%d:%d ", answer, after);
  errno = 4711;
}

static void* Nothing(void* unused) { return unused; }

int main(void) {
  const struct timespec past = {0, 0};
  pthread_t thread;
  sem_t semaphore;
  errno = 4711;
  Say(pthread_mutex_lock(&outer));
  Say(pthread_mutex_lock(&inner));
  Say(pthread_mutex_trylock(&inner));
  Say(pthread_mutex_timedlock(&inner, &past));
  Say(pthread_rwlock_wrlock(&shared));
  Say(pthread_rwlock_rdlock(&shared));
  Say(pthread_rwlock_unlock(&shared));
  Say(pthread_mutex_unlock(&inner));
  Say(pthread_mutex_unlock(&outer));
  Say(pthread_create(&thread, NULL, Nothing, NULL));
  Say(pthread_join(thread, NULL));
  void* memory = malloc(100);
  errno = 4711;
  free(memory);
  Say(0);
  Say(sem_init(&semaphore, 0, 0));
  Say(sem_trywait(&semaphore));
  Say(sem_timedwait(&semaphore, &past));
  return 0;
}
