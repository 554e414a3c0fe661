/* A worker forks, and takes two locks in both orders in the child, where it is the only thread. */
// expect: circular | front -> back | false | same-thread
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;

static void* T(void* unused) {
  if (fork() == 0) {
    pthread_mutex_lock(&front);
    pthread_mutex_lock(&back);
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&front);
    pthread_mutex_lock(&back);
    pthread_mutex_lock(&front);
    pthread_mutex_unlock(&front);
    pthread_mutex_unlock(&back);
    _exit(0);
  }
  wait(0);
  return unused;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, T, 0);
  pthread_join(t, 0);
  return 0;
}
