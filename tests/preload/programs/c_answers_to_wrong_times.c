/* A time or a clock that cannot be is refused even where the lock is free. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;

static void Say(int answer) { printf("%d ", answer); }

int main(void) {
  const struct timespec past = {0, 0};
  const struct timespec wrong = {1, 2000000000};
  Say(pthread_mutex_timedlock(&mutex, &wrong));
  Say(pthread_mutex_unlock(&mutex));
  Say(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &past));
  Say(pthread_rwlock_timedrdlock(&shared, &wrong));
  Say(pthread_rwlock_timedwrlock(&shared, &wrong));
  Say(pthread_rwlock_clockrdlock(&shared, CLOCK_PROCESS_CPUTIME_ID, &past));
  Say(pthread_rwlock_clockwrlock(&shared, CLOCK_PROCESS_CPUTIME_ID, &past));
  return 0;
}
