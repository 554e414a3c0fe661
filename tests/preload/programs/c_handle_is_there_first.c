/* A thread finds its own handle where its creator wanted it. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

static pthread_t handle;
static int wrong;

static void* Compares(void* unused) {
  (void)unused;
  if (!pthread_equal(handle, pthread_self())) ++wrong;
  return NULL;
}

int main(void) {
  for (int i = 0; i < 500; ++i) {
    handle = 0;
    pthread_create(&handle, NULL, Compares, NULL);
    pthread_join(handle, NULL);
  }
  printf("%d\n", wrong);
  return 0;
}
