/* A destructor of thread-specific data asks to be called again, and locks in the last round there is. */
// expect: no finding
#include <limits.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int rounds = 0;

static void AtEnd(void* data) {
  if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(key, data);
    return;
  }
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
}

static void* EndsWithData(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_setspecific(key, &key);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_key_create(&key, AtEnd);
  pthread_create(&thread, NULL, EndsWithData, NULL);
  pthread_join(thread, NULL);
  printf("%d\n", rounds);
  return 0;
}
