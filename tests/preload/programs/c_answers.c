/* What each function for locks and threads answers, where it succeeds and where it refuses. */
// expect: no finding
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static void* Nothing(void* unused) { return unused; }

int main(void) {
  const struct timespec past = {0, 0};
  const struct timespec wrong = {1, 2000000000};
  pthread_mutex_t mutex;
  pthread_rwlock_t shared;
  pthread_spinlock_t spin;
  pthread_t thread;
  printf("%d %d %d\n", pthread_mutex_init(&mutex, NULL), pthread_rwlock_init(&shared, NULL),
         pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
  printf("%d %d %d\n", pthread_mutex_timedlock(&mutex, &past), pthread_mutex_timedlock(&mutex, &past),
         pthread_mutex_timedlock(&mutex, &wrong));
  printf("%d %d %d\n", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past),
         pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &past), pthread_mutex_destroy(&mutex));
  printf("%d %d\n", pthread_mutex_unlock(&mutex), pthread_mutex_destroy(&mutex));
  printf("%d %d %d\n", pthread_rwlock_timedrdlock(&shared, &past), pthread_rwlock_timedwrlock(&shared, &past),
         pthread_rwlock_timedwrlock(&shared, &wrong));
  printf("%d %d\n", pthread_rwlock_tryrdlock(&shared), pthread_rwlock_trywrlock(&shared));
  printf("%d %d\n", pthread_rwlock_unlock(&shared), pthread_rwlock_unlock(&shared));
  printf("%d %d\n", pthread_rwlock_clockwrlock(&shared, CLOCK_MONOTONIC, &past),
         pthread_rwlock_clockrdlock(&shared, CLOCK_MONOTONIC, &past));
  printf("%d %d\n", pthread_rwlock_wrlock(&shared), pthread_rwlock_unlock(&shared));
  printf("%d %d %d\n", pthread_spin_lock(&spin), pthread_spin_trylock(&spin), pthread_spin_unlock(&spin));
  printf("%d %d\n", pthread_rwlock_destroy(&shared), pthread_spin_destroy(&spin));
  printf("%d ", pthread_create(&thread, NULL, Nothing, NULL));
  printf("%d ", pthread_join(thread, NULL));
  printf("%d ", pthread_join(pthread_self(), NULL));
  pthread_create(&thread, NULL, Nothing, NULL);
  printf("%d ", pthread_detach(thread));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  printf("%d\n", pthread_attr_setstacksize(&attributes, 1));
  return 0;
}
