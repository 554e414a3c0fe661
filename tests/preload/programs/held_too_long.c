/* A lock is held for a while, which is no finding; and a condition gives it back meanwhile. */
// expect: no finding
// run: --held-longer-than 20ms
// note: ledger was held for
// no note: quick was held for
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t quick = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

int main(void) {
  pthread_mutex_lock(&ledger);
  usleep(60000);
  pthread_mutex_unlock(&ledger);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 40000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    ++until.tv_sec;
  }
  pthread_mutex_lock(&quick);
  pthread_cond_timedwait(&never, &quick, &until);
  pthread_mutex_unlock(&quick);
  return 0;
}
