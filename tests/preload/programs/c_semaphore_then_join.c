/* One thread waits for another by a semaphore and ends; who joins it comes after both. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* Works(void* unused) {
  (void)unused;
  Both(&front, &back);
  sem_post(&done);
  return NULL;
}

static void* Waits(void* unused) {
  (void)unused;
  sem_wait(&done);
  return NULL;
}

int main(void) {
  pthread_t works;
  pthread_t waits;
  sem_init(&done, 0, 0);
  pthread_create(&works, NULL, Works, NULL);
  pthread_create(&waits, NULL, Waits, NULL);
  pthread_join(waits, NULL);
  Both(&back, &front);
  pthread_join(works, NULL);
  return 0;
}
