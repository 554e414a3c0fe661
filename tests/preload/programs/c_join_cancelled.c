/* A join is cancelled, and what was held during it is given back: the joined thread goes on.  That nobody cancels it in
   time can be; that it hung must not be said. */
// expect: circular | mutex -> end of Works | unknown
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t worker;

static void GiveBack(void* unused) {
  (void)unused;
  usleep(400000);
  pthread_mutex_unlock(&mutex);
}

static void* Joins(void* unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(GiveBack, NULL);
  pthread_join(worker, NULL);
  pthread_cleanup_pop(1);
  return NULL;
}

static void* Works(void* unused) {
  (void)unused;
  usleep(200000);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(void) {
  pthread_t joins;
  pthread_create(&worker, NULL, Works, NULL);
  pthread_create(&joins, NULL, Joins, NULL);
  usleep(50000);
  pthread_cancel(joins);
  pthread_join(joins, NULL);
  pthread_join(worker, NULL);
  return 0;
}
