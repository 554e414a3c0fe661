/* A handler that main runs here may run in any thread that has not blocked its signal. */
// expect: circular | A -> B | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t A = PTHREAD_MUTEX_INITIALIZER, B = PTHREAD_MUTEX_INITIALIZER;
static int slow;
static void h(int s) {
  (void)s;
  pthread_mutex_lock(&B);
  if (slow) usleep(200000);
  pthread_mutex_lock(&A);
  pthread_mutex_unlock(&A);
  pthread_mutex_unlock(&B);
}
static void* T(void* a) {
  (void)a;
  for (int i = 0; i < 20; i++) usleep(50000);
  return 0;
}
int main(int c, char** v) {
  (void)v;
  slow = c > 1;
  signal(SIGUSR1, h);
  pthread_t t;
  pthread_create(&t, 0, T, 0);
  if (!fork()) {
    usleep(slow ? 150000 : 500000);
    kill(getppid(), SIGUSR1);
    _exit(0);
  }  // somebody sends the signal, at any time
  sigset_t s;
  sigemptyset(&s);
  sigaddset(&s, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &s, 0);
  pthread_mutex_lock(&A);
  usleep(slow ? 250000 : 1000);
  pthread_mutex_lock(&B);
  pthread_mutex_unlock(&B);
  pthread_mutex_unlock(&A);
  pthread_sigmask(SIG_UNBLOCK, &s, 0);
  pthread_join(t, 0);
  return 0;
}
