/* A mutex is made anew where another one was, which a second thread used.  That thread is the first to use the new one,
 * too, so it is nobody's alone when its maker asks for the table's lock with it: declaring that such locks are private
 * changes nothing. */
// run: --new-locks private
// expect: circular | main at new_lock_at_known_address.c -> table | predicted
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static int step = 0;

static void WaitFor(int wanted) {
  while (__atomic_load_n(&step, __ATOMIC_ACQUIRE) != wanted) sched_yield();
}
static void Go(int next) { __atomic_store_n(&step, next, __ATOMIC_RELEASE); }

static void* Use(void* data) {
  pthread_mutex_t* const mutex = data;
  WaitFor(1);
  pthread_mutex_lock(mutex);
  pthread_mutex_unlock(mutex);
  Go(2);
  WaitFor(3);
  pthread_mutex_lock(&table);
  pthread_mutex_lock(mutex);
  pthread_mutex_unlock(mutex);
  pthread_mutex_unlock(&table);
  Go(4);
  return NULL;
}

int main(void) {
  pthread_mutex_t* const mutex = malloc(sizeof *mutex);
  pthread_t thread;
  pthread_create(&thread, NULL, Use, mutex);
  for (int round = 0; round < 2; ++round) {
    pthread_mutex_init(mutex, NULL);
    if (round == 0) {
      Go(1);
      WaitFor(2);
      pthread_mutex_destroy(mutex);
    }
  }
  Go(3);
  WaitFor(4);
  pthread_mutex_lock(mutex);
  pthread_mutex_lock(&table);
  pthread_mutex_unlock(&table);
  pthread_mutex_unlock(mutex);
  pthread_join(thread, NULL);
  pthread_mutex_destroy(mutex);
  free(mutex);
  return 0;
}
