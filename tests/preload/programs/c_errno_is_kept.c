/* errno is what it was after every call, also those that fail. */
// expect: no finding
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

static void* Nothing(void* unused) { return unused; }

int main(void) {
  const struct timespec past = {0, 0};
  pthread_t thread;
  sem_t semaphore;
  errno = 4711;
  pthread_mutex_lock(&outer);
  pthread_mutex_lock(&inner);
  printf("%d ", errno);
  printf("%d %d ", pthread_mutex_trylock(&inner) == EBUSY, errno);
  printf("%d %d ", pthread_mutex_timedlock(&inner, &past) == ETIMEDOUT, errno);
  pthread_rwlock_wrlock(&shared);
  printf("%d %d ", pthread_rwlock_rdlock(&shared) == EDEADLK, errno);
  pthread_rwlock_unlock(&shared);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&outer);
  printf("%d ", errno);
  printf("%d %d ", pthread_create(&thread, NULL, Nothing, NULL), errno);
  printf("%d %d ", pthread_join(thread, NULL), errno);
  free(malloc(100));
  printf("%d ", errno);
  sem_init(&semaphore, 0, 0);
  printf("%d %d ", sem_trywait(&semaphore), errno == EAGAIN);
  errno = 4711;
  printf("%d %d\n", sem_timedwait(&semaphore, &past), errno == ETIMEDOUT);
  return 0;
}
