/* Three threads, each of which holds one lock and waits for the next one's. */
// expect: circular | first -> second -> third | real
// hangs
#include <pthread.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t* const all[] = {&first, &second, &third};
static pthread_barrier_t each_holds_one;

static void* HoldOneWantNext(void* number) {
  const int own = *(const int*)number;
  pthread_mutex_lock(all[own]);
  pthread_barrier_wait(&each_holds_one);
  pthread_mutex_lock(all[(own + 1) % 3]);
  return NULL;
}

int main(void) {
  static int numbers[] = {0, 1, 2};
  pthread_t threads[3];
  pthread_barrier_init(&each_holds_one, NULL, 3);
  for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, HoldOneWantNext, &numbers[i]);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 0;
}
