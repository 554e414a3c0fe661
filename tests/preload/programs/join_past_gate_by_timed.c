/* The joined thread takes the desk under a gate, and once more without it, for some time: that is not recorded. */
// expect: circular | desk -> ledger -> end of Work | unknown
// expect: circular | gate -> ledger -> end of Work | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  struct timespec until;
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&desk);
  pthread_mutex_unlock(&desk);
  pthread_mutex_unlock(&gate);
  do {
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
  } while (pthread_mutex_timedlock(&desk, &until) != 0);
  pthread_mutex_unlock(&desk);
  return unused;
}

static void* Third(void* unused) {
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&desk);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  pthread_mutex_unlock(&desk);
  pthread_mutex_unlock(&gate);
  return unused;
}

int main(void) {
  pthread_t worker, third;
  pthread_create(&worker, NULL, Work, NULL);
  usleep(50000);
  pthread_create(&third, NULL, Third, NULL);
  usleep(50000);
  pthread_mutex_lock(&ledger);
  pthread_join(worker, NULL);
  pthread_mutex_unlock(&ledger);
  pthread_join(third, NULL);
  return 0;
}
