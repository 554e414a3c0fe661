/* Takes one lock of each kind, once or twice, in every way that may wait. */
#define _GNU_SOURCE
#include <pthread.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

int main(void) {
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_sec += 60;
  pthread_mutex_lock(&mutex);
  pthread_cond_signal(&condition);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_timedlock(&mutex, &soon);
  pthread_mutex_unlock(&mutex);

  pthread_rwlock_rdlock(&rw_lock);
  pthread_rwlock_unlock(&rw_lock);
  pthread_rwlock_wrlock(&rw_lock);
  pthread_rwlock_unlock(&rw_lock);

  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&spin);
  pthread_spin_unlock(&spin);

  mtx_t of_c11;
  if (mtx_init(&of_c11, mtx_plain) != thrd_success) return 1;
  mtx_lock(&of_c11);
  mtx_unlock(&of_c11);
  mtx_destroy(&of_c11);
  return 0;
}
