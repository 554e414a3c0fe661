/* A join in the middle of the section in which a try failed first: what follows comes after the other thread. */
// expect: circular | front -> inner | unknown
// expect: circular | front -> end of Other | unknown
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       beside = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;

static void* Other(void* x) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&inner);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&back);
  pthread_mutex_lock(&back);
  usleep(300000);
  pthread_mutex_unlock(&back);
  return x;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, Other, 0);
  usleep(100000);
  pthread_mutex_lock(&front);
  if (pthread_mutex_trylock(&back) == 0)
    pthread_mutex_unlock(&back);
  else
    puts("try failed");
  pthread_mutex_lock(&beside);
  pthread_mutex_unlock(&beside);
  pthread_join(t, 0);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&front);
  return 0;
}
