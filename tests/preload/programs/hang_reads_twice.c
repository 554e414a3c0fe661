/* A thread reads what it reads already; a writer came in between, and lets no reader pass. */
// expect: recursive | table | real
// hangs
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void* Writer(void* unused) {
  usleep(50000);
  pthread_rwlock_wrlock(&table);
  pthread_rwlock_unlock(&table);
  return unused;
}

int main(void) {
  pthread_t writer;
  pthread_create(&writer, NULL, Writer, NULL);
  pthread_rwlock_rdlock(&table);
  usleep(150000);
  pthread_rwlock_rdlock(&table);
  pthread_rwlock_unlock(&table);
  pthread_rwlock_unlock(&table);
  pthread_join(writer, NULL);
  return 0;
}
