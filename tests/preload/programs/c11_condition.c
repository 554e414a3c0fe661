/* A thread of C11 waits for a condition, and one that ends by thrd_exit signals it; a third one is detached. */
// expect: no finding
#include <stdio.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t changed;
static int value = 0;

static int Signal(void* step) {
  mtx_lock(&mutex);
  value += *(const int*)step;
  cnd_broadcast(&changed);
  mtx_unlock(&mutex);
  thrd_exit(7);
}

int main(void) {
  static const int steps[] = {1, 2};
  thrd_t joined;
  thrd_t detached;
  int result = 0;
  mtx_init(&mutex, mtx_timed);
  cnd_init(&changed);
  thrd_create(&joined, Signal, (void*)&steps[0]);
  thrd_create(&detached, Signal, (void*)&steps[1]);
  thrd_detach(detached);
  mtx_lock(&mutex);
  while (value != 3) cnd_wait(&changed, &mutex);
  mtx_unlock(&mutex);
  thrd_join(joined, &result);
  printf("%d %d\n", value, result);
  return 0;
}
