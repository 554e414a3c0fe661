/* A reader-writer lock and a spin lock are destroyed by the thread that holds them. */
// expect: held-lock-freed | shared | real
// expect: held-lock-freed | spin | real
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;

int main(void) {
  pthread_rwlock_wrlock(&shared);
  printf("%d ", pthread_rwlock_destroy(&shared));
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&spin);
  printf("%d\n", pthread_spin_destroy(&spin));
  return 0;
}
