/* A semaphore is posted when the first order is over, and waited for before the second one. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static sem_t half_time;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* Early(void* unused) {
  Both(&front, &back);
  sem_post(&half_time);
  return unused;
}

static void* Late(void* unused) {
  sem_wait(&half_time);
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  sem_init(&half_time, 0, 0);
  pthread_create(&threads[0], NULL, Early, NULL);
  pthread_create(&threads[1], NULL, Late, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  sem_destroy(&half_time);
  return 0;
}
