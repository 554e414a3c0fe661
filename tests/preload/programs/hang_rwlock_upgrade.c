/* A reader asks to write without giving back what it reads: it waits for itself. */
// expect: self-deadlock | lock | real
// hangs
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

int main(void) {
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_wrlock(&lock);
  return 0;
}
