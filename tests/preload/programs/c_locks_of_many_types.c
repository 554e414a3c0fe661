/* Every type of mutex and of reader-writer lock, spin locks and trylocks, each used as it should be. */
// expect: no finding
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t MutexOfType(int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return mutex;
}

static struct timespec Soon(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += 1;
  return now;
}

int main(void) {
  pthread_mutex_t recursive = MutexOfType(PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_lock(&recursive);
  pthread_mutex_lock(&recursive);
  printf("%d ", pthread_mutex_trylock(&recursive));
  pthread_mutex_unlock(&recursive);
  pthread_mutex_unlock(&recursive);
  pthread_mutex_unlock(&recursive);
  printf("%d ", pthread_mutex_destroy(&recursive));

  pthread_mutex_t checked = MutexOfType(PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_lock(&checked);
  printf("%d ", pthread_mutex_lock(&checked) == EDEADLK);
  pthread_mutex_unlock(&checked);
  printf("%d ", pthread_mutex_unlock(&checked) == EPERM);
  pthread_mutex_destroy(&checked);

  pthread_mutex_t normal = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&normal);
  printf("%d ", pthread_mutex_trylock(&normal) == EBUSY);
  const struct timespec soon = Soon();
  (void)soon;
  pthread_mutex_unlock(&normal);
  printf("%d ", pthread_mutex_timedlock(&normal, &soon));
  pthread_mutex_unlock(&normal);

  pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&shared);
  printf("%d ", pthread_rwlock_tryrdlock(&shared));
  printf("%d ", pthread_rwlock_trywrlock(&shared) == EBUSY);
  pthread_rwlock_unlock(&shared);
  pthread_rwlock_unlock(&shared);
  pthread_rwlock_wrlock(&shared);
  printf("%d ", pthread_rwlock_rdlock(&shared) == EDEADLK);
  pthread_rwlock_unlock(&shared);
  pthread_rwlock_destroy(&shared);

  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&spin);
  printf("%d ", pthread_spin_trylock(&spin) == EBUSY);
  pthread_spin_unlock(&spin);
  pthread_spin_destroy(&spin);

  mtx_t c11;
  mtx_init(&c11, mtx_recursive | mtx_timed);
  mtx_lock(&c11);
  printf("%d\n", mtx_lock(&c11) == thrd_success);
  mtx_unlock(&c11);
  mtx_unlock(&c11);
  mtx_destroy(&c11);
  return 0;
}
