/* A barrier lies between the two orders, so they never meet; nobody knows that it always will. */
// expect: circular | front -> back | unknown
#include <pthread.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t half_time;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* Early(void* unused) {
  Both(&front, &back);
  pthread_barrier_wait(&half_time);
  return unused;
}

static void* Late(void* unused) {
  pthread_barrier_wait(&half_time);
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_barrier_init(&half_time, NULL, 2);
  pthread_create(&threads[0], NULL, Early, NULL);
  pthread_create(&threads[1], NULL, Late, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  pthread_barrier_destroy(&half_time);
  return 0;
}
