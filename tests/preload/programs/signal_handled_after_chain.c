/* A handler is installed when the thread has taken one lock inside the other before; it does so once more, at the same
   places, and the handler, which takes the inner one, could come then. */
// expect: inconsistent-state | inner | unknown
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static void Take(void) {
  pthread_mutex_lock(&outer);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&outer);
}

static void Handle(int signal) {
  (void)signal;
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
}

int main(void) {
  for (int i = 0; i < 3; ++i) Take();
  struct sigaction action = {.sa_handler = Handle};
  sigaction(SIGUSR1, &action, 0);
  Take();
  raise(SIGUSR1);
  return 0;
}
