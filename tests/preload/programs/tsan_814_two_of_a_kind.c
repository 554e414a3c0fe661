/* As in issue 814 of google/sanitizers, but two threads go hand over hand. */
/* It can hang: one holds a and wants b, the second holds b and wants c, the third holds c and wants a. */
// expect: circular | mutex_a -> mutex_b -> mutex_c | predicted
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_c = PTHREAD_MUTEX_INITIALIZER;

static void* HandOverHand(void* unused) {
  pthread_mutex_lock(&mutex_a);
  pthread_mutex_lock(&mutex_b);
  pthread_mutex_unlock(&mutex_a);
  pthread_mutex_lock(&mutex_c);
  pthread_mutex_unlock(&mutex_c);
  pthread_mutex_unlock(&mutex_b);
  return unused;
}

static void* Back(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&mutex_c);
  pthread_mutex_lock(&mutex_a);
  pthread_mutex_unlock(&mutex_a);
  pthread_mutex_unlock(&mutex_c);
  return unused;
}

int main(void) {
  pthread_t threads[3];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, HandOverHand, NULL);
  pthread_create(&threads[2], NULL, Back, NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 0;
}
