/* A reader holds the lock, a writer waits for it, and a second reader queues behind the writer with a mutex that the first
   one wants. */
// expect: circular | table -> row | real
// hangs
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t row = PTHREAD_MUTEX_INITIALIZER;

static void* Writer(void* unused) {
  usleep(50000);
  pthread_rwlock_wrlock(&table);
  pthread_rwlock_unlock(&table);
  return unused;
}
static void* SecondReader(void* unused) {
  pthread_mutex_lock(&row);
  usleep(100000);
  pthread_rwlock_rdlock(&table);
  pthread_rwlock_unlock(&table);
  pthread_mutex_unlock(&row);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_rwlock_rdlock(&table);
  pthread_create(&threads[0], NULL, Writer, NULL);
  pthread_create(&threads[1], NULL, SecondReader, NULL);
  usleep(200000);
  pthread_mutex_lock(&row);
  pthread_mutex_unlock(&row);
  pthread_rwlock_unlock(&table);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
