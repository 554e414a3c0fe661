/* Mutexes and threads of C11, with the locks in opposite orders. */
// expect: circular | front -> back | predicted
#include <stdio.h>
#include <threads.h>
#include <time.h>

static mtx_t front;
static mtx_t back;

static int FrontFirst(void* unused) {
  (void)unused;
  mtx_lock(&front);
  mtx_lock(&back);
  mtx_unlock(&back);
  mtx_unlock(&front);
  return 1;
}

static int BackFirst(void* unused) {
  (void)unused;
  thrd_sleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  mtx_lock(&back);
  mtx_lock(&front);
  mtx_unlock(&front);
  mtx_unlock(&back);
  return 2;
}

int main(void) {
  thrd_t one;
  thrd_t two;
  int results[2] = {0, 0};
  mtx_init(&front, mtx_plain);
  mtx_init(&back, mtx_plain);
  thrd_create(&one, FrontFirst, NULL);
  thrd_create(&two, BackFirst, NULL);
  thrd_join(one, &results[0]);
  thrd_join(two, &results[1]);
  printf("%d %d\n", results[0], results[1]);
  mtx_destroy(&back);
  mtx_destroy(&front);
  return 0;
}
