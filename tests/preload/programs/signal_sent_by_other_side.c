/* A thread sends a signal when it is through with its side; the other side is the handler. */
// expect: circular | front -> back | unknown
// expect: inconsistent-state | front | unknown
// expect: inconsistent-state | back | unknown
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;

static void OnUsr1(int s) {
  (void)s;
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
}

static void* T(void* x) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_kill(main_thread, SIGUSR1);
  return x;
}

int main(void) {
  pthread_t t;
  main_thread = pthread_self();
  signal(SIGUSR1, OnUsr1);
  pthread_create(&t, 0, T, 0);
  sleep(1);
  pthread_join(t, 0);
  return 0;
}
