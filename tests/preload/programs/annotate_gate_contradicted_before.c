/* Two threads are inside a gate at once before it is used: it is none from then on. */
// expect: circular | A -> B | predicted
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "lockdep/annotate.h"
static pthread_mutex_t A = PTHREAD_MUTEX_INITIALIZER, B = PTHREAD_MUTEX_INITIALIZER;
static int G;
static int slow;
static void* I(void* a) {
  (void)a;
  lockdep_gate_enter(&G);
  usleep(200000);
  lockdep_gate_leave(&G);
  return 0;
}
static void* T(void* a) {
  (void)a;
  lockdep_gate_enter(&G);
  pthread_mutex_lock(&A);
  if (slow) usleep(300000);
  pthread_mutex_lock(&B);
  pthread_mutex_unlock(&B);
  pthread_mutex_unlock(&A);
  lockdep_gate_leave(&G);
  return 0;
}
static void* U(void* a) {
  (void)a;
  if (!slow) usleep(200000);
  lockdep_gate_enter(&G);
  pthread_mutex_lock(&B);
  if (slow) usleep(300000);
  pthread_mutex_lock(&A);
  pthread_mutex_unlock(&A);
  pthread_mutex_unlock(&B);
  lockdep_gate_leave(&G);
  return 0;
}
int main(int c, char** v) {
  (void)v;
  slow = c > 1;
  pthread_t t, u;
  pthread_create(&t, 0, I, 0);
  pthread_create(&u, 0, I, 0);
  pthread_join(t, 0);
  pthread_join(u, 0);
  pthread_create(&t, 0, T, 0);
  pthread_create(&u, 0, U, 0);
  pthread_join(t, 0);
  pthread_join(u, 0);
  return 0;
}
