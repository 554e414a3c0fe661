/* A thread looks at a semaphore until the other one has posted it, and never waits for it. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static sem_t over;

static void* One(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  sem_post(&over);
  return unused;
}

static void* Two(void* unused) {
  int value = 0;
  while (value == 0) {
    sched_yield();
    sem_getvalue(&over, &value);
  }
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  pthread_t one, two;
  sem_init(&over, 0, 0);
  pthread_create(&one, 0, One, 0);
  pthread_create(&two, 0, Two, 0);
  pthread_join(one, 0);
  pthread_join(two, 0);
  return 0;
}
