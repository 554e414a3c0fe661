/* A handler is installed when the other thread has taken the lock time and again already, with nothing else held; it
   does so once more, at the same place, and the handler could come then. */
// expect: inconsistent-state | m | unknown
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static volatile int installed;

__attribute__((noinline)) static void Take(void) {
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
}

static void Handle(int signal) {
  (void)signal;
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
}

static void* Other(void* x) {
  for (int i = 0; i < 3; ++i) Take();
  while (!installed) usleep(1000);
  Take();
  return x;
}

int main(void) {
  pthread_t other;
  pthread_create(&other, 0, Other, 0);
  usleep(200000);
  struct sigaction action = {.sa_handler = Handle};
  sigaction(SIGUSR1, &action, 0);
  installed = 1;
  pthread_join(other, 0);
  raise(SIGUSR1);
  return 0;
}
