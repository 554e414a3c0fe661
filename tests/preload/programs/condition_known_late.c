/* A mutex guards a condition, as is seen only after a thread went through it without having to wait. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ready, second;

static void* One(void* x) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_lock(&gate);
  ready = 1;
  pthread_mutex_unlock(&gate);
  pthread_cond_broadcast(&c);
  usleep(600000);
  pthread_mutex_lock(&gate);
  second = 1;
  pthread_mutex_unlock(&gate);
  pthread_cond_broadcast(&c);
  return x;
}

static void* Two(void* x) {
  usleep(200000);
  pthread_mutex_lock(&gate);
  while (!ready) pthread_cond_wait(&c, &gate);
  pthread_mutex_unlock(&gate);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_lock(&gate);
  while (!second) pthread_cond_wait(&c, &gate);
  pthread_mutex_unlock(&gate);
  return x;
}

int main(void) {
  pthread_t one, two;
  pthread_create(&one, 0, One, 0);
  pthread_create(&two, 0, Two, 0);
  pthread_join(one, 0);
  pthread_join(two, 0);
  return 0;
}
