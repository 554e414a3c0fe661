/* A thread joins one that waits for its lock, and is cancelled: it gives the lock back, and all goes on.  What must not
   be said is that it hung. */
// expect: circular | M -> end of T | unknown
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_mutex_t M = PTHREAD_MUTEX_INITIALIZER;
static pthread_t t, x;
static void un(void* a) {
  (void)a;
  pthread_mutex_unlock(&M);
}
static void* T(void* a) {
  (void)a;
  usleep(100000);
  pthread_mutex_lock(&M);
  pthread_mutex_unlock(&M);
  return 0;
}
static void* X(void* a) {
  (void)a;
  pthread_mutex_lock(&M);
  pthread_cleanup_push(un, 0);
  pthread_join(t, 0);
  pthread_cleanup_pop(1);
  return 0;
}
int main(void) {
  pthread_create(&t, 0, T, 0);
  pthread_create(&x, 0, X, 0);
  usleep(300000);
  pthread_cancel(x);
  pthread_join(x, 0);
  pthread_join(t, 0);
  puts("done");
  return 0;
}
