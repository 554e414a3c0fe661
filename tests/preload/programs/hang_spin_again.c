/* A spin lock is taken again by its holder, which then spins for ever. */
// expect: self-deadlock | lock | real
// hangs
#include <pthread.h>

static pthread_spinlock_t lock;

int main(void) {
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&lock);
  pthread_spin_lock(&lock);
  return 0;
}
