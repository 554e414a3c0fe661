/* One side comes after a signal that was waited for, which the other one sends when it is through. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;

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
  sigset_t set;
  int got;
  main_thread = pthread_self();
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, 0);
  pthread_create(&t, 0, T, 0);
  sigwait(&set, &got);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_join(t, 0);
  return 0;
}
