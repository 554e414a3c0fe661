/* One side waits for a time, by each of the functions for that, and always got it: what it does else is not known. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static struct timespec Soon(clockid_t clock) {
  struct timespec until;
  clock_gettime(clock, &until);
  ++until.tv_sec;
  return until;
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
  pthread_t patient;
  pthread_create(&patient, NULL, Patient, NULL);
  pthread_mutex_lock(&front);
  struct timespec until = Soon(CLOCK_REALTIME);
  printf("%d ", pthread_mutex_timedlock(&back, &until));
  printf("%d ", pthread_mutex_unlock(&back));
  until = Soon(CLOCK_MONOTONIC);
  printf("%d ", pthread_mutex_clocklock(&back, CLOCK_MONOTONIC, &until));
  printf("%d ", pthread_mutex_unlock(&back));
  until.tv_nsec = -1;
  printf("%d\n", pthread_mutex_timedlock(&back, &until));
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_join(patient, NULL);
  return 0;
}
