/* A thread holds a lock while another one forks.  The child has not that thread, and waits for the lock for ever. */
// expect: hang | ledger | real
// hangs
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&ledger);
  usleep(200000);
  pthread_mutex_unlock(&ledger);
  return unused;
}

int main(void) {
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  usleep(50000);
  const pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(&ledger);
    pthread_mutex_unlock(&ledger);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  pthread_join(worker, NULL);
  return 0;
}
