/* Two readers of one lock both ask to write: each waits until the other one has read. */
// expect: self-deadlock | lock | real
// hangs
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both_read;

static void* ReadThenWrite(void* unused) {
  pthread_rwlock_rdlock(&lock);
  pthread_barrier_wait(&both_read);
  pthread_rwlock_wrlock(&lock);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_barrier_init(&both_read, NULL, 2);
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, ReadThenWrite, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  return 0;
}
