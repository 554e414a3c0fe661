/* A lock is read four times over by one thread, and given back in any order with others; then it is written. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  for (int i = 0; i < 4; ++i) printf("%d ", pthread_rwlock_rdlock(&lock));
  printf("%d ", pthread_mutex_lock(&inner));
  printf("%d ", pthread_rwlock_unlock(&lock));
  printf("%d ", pthread_rwlock_unlock(&lock));
  printf("%d ", pthread_mutex_unlock(&inner));
  printf("%d ", pthread_rwlock_trywrlock(&lock) != 0);
  printf("%d ", pthread_rwlock_unlock(&lock));
  printf("%d ", pthread_rwlock_unlock(&lock));
  printf("%d ", pthread_rwlock_trywrlock(&lock));
  printf("%d\n", pthread_rwlock_unlock(&lock));
  return 0;
}
