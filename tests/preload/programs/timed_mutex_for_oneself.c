/* A thread asks for what it holds, for some time; whether it asks again is the program's matter. */
// expect: self-deadlock | front | unknown
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  int result = ETIMEDOUT;
  pthread_mutex_lock(&front);
  for (int i = 0; i < 3 && result == ETIMEDOUT; ++i) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 5000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_nsec -= 1000000000;
      ++until.tv_sec;
    }
    result = pthread_mutex_timedlock(&front, &until);
  }
  pthread_mutex_unlock(&front);
  return 0;
}
