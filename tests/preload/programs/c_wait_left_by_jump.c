/* A handler jumps out of a wait for a lock: the thread waits no more. */
// expect: no finding
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf before_wait;

static void Jump(int number) {
  (void)number;
  siglongjmp(before_wait, 1);
}

static void* HoldsLeft(void* unused) {
  (void)unused;
  pthread_mutex_lock(&left);
  usleep(400000);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&left);
  return NULL;
}

int main(void) {
  pthread_t thread;
  signal(SIGALRM, Jump);
  pthread_create(&thread, NULL, HoldsLeft, NULL);
  usleep(50000);
  if (sigsetjmp(before_wait, 1) == 0) {
    ualarm(100000, 0);
    pthread_mutex_lock(&left);
  }
  pthread_mutex_lock(&other);
  usleep(500000);
  pthread_mutex_unlock(&other);
  pthread_join(thread, NULL);
  return 0;
}
