/* Readers and writers of a reader-writer lock ask for it by one call.  Against readers alone the second thread could
   not hang, for it is one of them. */
// expect: circular | rw -> m | predicted
#include <pthread.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int (*const volatile requests[2])(pthread_rwlock_t*) = {pthread_rwlock_rdlock, pthread_rwlock_wrlock};

static void* One(void* x) {
  for (int i = 0; i < 6; ++i) {
    requests[i == 5](&rw);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_rwlock_unlock(&rw);
  }
  return x;
}

static void* Two(void* x) {
  pthread_mutex_lock(&m);
  pthread_rwlock_rdlock(&rw);
  pthread_rwlock_unlock(&rw);
  pthread_mutex_unlock(&m);
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
