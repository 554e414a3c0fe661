/* What the parent's thread did before a fork is new again in the child: there the same order is not always gated. */
// expect: circular | front -> back | predicted
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void Forth(void) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
}

static void* BackUnderGate(void* unused) {
  (void)unused;
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&gate);
  return NULL;
}

int main(void) {
  Forth();
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, NULL, 0);
    return 0;
  }
  pthread_t thread;
  pthread_create(&thread, NULL, BackUnderGate, NULL);
  usleep(50000);
  pthread_mutex_lock(&gate);
  Forth();
  pthread_mutex_unlock(&gate);
  Forth();
  pthread_join(thread, NULL);
  return 0;
}
