/* What each function for locks and threads answers, where it succeeds and where it refuses. */
// expect: held-lock-freed | mutex | real
// expect: self-deadlock | mutex | unknown
// expect: self-deadlock | shared | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex;
static pthread_rwlock_t shared;
static pthread_spinlock_t spin;

static void Say(int answer) { printf("%d ", answer); }

static void* Nothing(void* unused) { return unused; }

int main(void) {
  const struct timespec past = {0, 0};
  const struct timespec wrong = {1, 2000000000};
  pthread_t thread;
  Say(pthread_mutex_init(&mutex, NULL));
  Say(pthread_mutex_timedlock(&mutex, &past));
  Say(pthread_mutex_timedlock(&mutex, &past));
  Say(pthread_mutex_timedlock(&mutex, &wrong));
  Say(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past));
  Say(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &past));
  Say(pthread_mutex_destroy(&mutex));
  Say(pthread_mutex_unlock(&mutex));
  Say(pthread_mutex_destroy(&mutex));
  Say(pthread_rwlock_init(&shared, NULL));
  Say(pthread_rwlock_timedrdlock(&shared, &past));
  Say(pthread_rwlock_timedwrlock(&shared, &past));
  Say(pthread_rwlock_timedwrlock(&shared, &wrong));
  Say(pthread_rwlock_tryrdlock(&shared));
  Say(pthread_rwlock_trywrlock(&shared));
  Say(pthread_rwlock_unlock(&shared));
  Say(pthread_rwlock_unlock(&shared));
  Say(pthread_rwlock_clockwrlock(&shared, CLOCK_MONOTONIC, &past));
  Say(pthread_rwlock_clockrdlock(&shared, CLOCK_MONOTONIC, &past));
  Say(pthread_rwlock_trywrlock(&shared));
  Say(pthread_rwlock_unlock(&shared));
  Say(pthread_rwlock_destroy(&shared));
  Say(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
  Say(pthread_spin_lock(&spin));
  Say(pthread_spin_trylock(&spin));
  Say(pthread_spin_unlock(&spin));
  Say(pthread_spin_destroy(&spin));
  Say(pthread_create(&thread, NULL, Nothing, NULL));
  Say(pthread_join(thread, NULL));
  Say(pthread_join(pthread_self(), NULL));
  return 0;
}
