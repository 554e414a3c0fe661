/* Who does not get the lock in time waits for it as long as it takes; here it got it. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* Hasty(void* unused) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  ++until.tv_sec;
  pthread_mutex_lock(&front);
  if (pthread_mutex_timedlock(&back, &until) != 0) pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

static void* Patient(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  pthread_t hasty, patient;
  pthread_create(&hasty, NULL, Hasty, NULL);
  pthread_create(&patient, NULL, Patient, NULL);
  pthread_join(hasty, NULL);
  pthread_join(patient, NULL);
  return 0;
}
