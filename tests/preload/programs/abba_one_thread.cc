// The main thread alone takes both orders: it cannot wait for itself.
// expect: circular | front -> back | false | same-thread
#include <pthread.h>

pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

int main() {
  Both(&front, &back);
  Both(&back, &front);
}
