/* The destructors of thread-specific data lock, in the opposite order to the other thread's routine. */
// expect: circular | front -> back | predicted
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void AtEnd(void* unused) {
  (void)unused;
  Both(&front, &back);
}

static void* EndsWithData(void* unused) {
  pthread_setspecific(key, &key);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(50000);
  Both(&back, &front);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_key_create(&key, AtEnd);
  pthread_create(&threads[0], NULL, EndsWithData, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
