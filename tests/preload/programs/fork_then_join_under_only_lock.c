/* The child of a fork joins a thread under the only lock that it takes; its parent had such a thread, too. */
// expect: circular | ledger -> end of Work | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  return unused;
}

static void StartAndJoin(int under_lock) {
  pthread_t worker;
  pthread_create(&worker, NULL, Work, NULL);
  usleep(50000);
  if (under_lock) pthread_mutex_lock(&ledger);
  pthread_join(worker, NULL);
  if (under_lock) pthread_mutex_unlock(&ledger);
}

int main(void) {
  pid_t child = 0;
  StartAndJoin(0);
  child = fork();
  if (child == 0) {
    StartAndJoin(1);
    return 0;
  }
  waitpid(child, NULL, 0);
  return 0;
}
