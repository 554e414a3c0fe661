/* A semaphore turns out to be no lock, and was the only thing that was held all the way: what came after the first lock
 * under it is evidence as well. */
// expect: circular | front -> back | unknown
// expect: circular | outer -> middle | predicted
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       outer = PTHREAD_MUTEX_INITIALIZER, middle = PTHREAD_MUTEX_INITIALIZER,
                       other = PTHREAD_MUTEX_INITIALIZER;
static sem_t semaphore;

static void* One(void* x) {
  for (int i = 0; i < 2; ++i) {
    if (i != 0) {
      sem_wait(&semaphore);
      pthread_mutex_lock(&other);
      pthread_mutex_unlock(&other);
    } else
      pthread_mutex_lock(&outer);
    pthread_mutex_lock(&front);
    pthread_mutex_lock(&middle);
    if (i == 0) pthread_mutex_unlock(&outer);
    pthread_mutex_lock(&back);
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&middle);
    pthread_mutex_unlock(&front);
    if (i != 0) sem_post(&semaphore);
  }
  return x;
}

static void* Two(void* x) {
  usleep(200000);
  pthread_mutex_lock(&middle);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&outer);
  pthread_mutex_unlock(&middle);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&outer);
  pthread_mutex_unlock(&back);
  return x;
}

int main(void) {
  pthread_t one, two;
  sem_init(&semaphore, 0, 1);
  pthread_create(&one, 0, One, 0);
  pthread_create(&two, 0, Two, 0);
  pthread_join(one, 0);
  pthread_join(two, 0);
  sem_post(&semaphore);
  return 0;
}
