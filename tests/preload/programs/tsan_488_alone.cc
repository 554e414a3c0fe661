// github.com/google/sanitizers/issues/488, in a process with one thread.
// No hang: there is nobody to wait for.
// expect: circular | front -> back | false | same-thread
#include <pthread.h>

pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

int main() {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
}
