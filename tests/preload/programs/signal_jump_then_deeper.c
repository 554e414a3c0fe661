/* A handler is left by a jump; what then locks deeper on the stack is no part of it. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>
static pthread_mutex_t L = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf j;
static void h(int x) {
  (void)x;
  siglongjmp(j, 1);
}
static __attribute__((noinline)) void deep(void) {
  volatile char b[65536];
  (void)b;
  b[0] = 1;
  b[65535] = 2;
  pthread_mutex_lock(&L);
  pthread_mutex_unlock(&L);
}
int main() {
  signal(SIGUSR1, h);
  if (!sigsetjmp(j, 1)) raise(SIGUSR1);
  deep();
  pthread_mutex_lock(&L);
  pthread_mutex_unlock(&L);
  return 0;
}
