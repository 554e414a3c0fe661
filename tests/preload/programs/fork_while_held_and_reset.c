/* The child makes the lock anew that another thread held in its parent. */
// expect: no finding
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t ledger;

static void* Work(void* unused) {
  pthread_mutex_lock(&ledger);
  usleep(200000);
  pthread_mutex_unlock(&ledger);
  return unused;
}
static void MakeAnew(void) { pthread_mutex_init(&ledger, NULL); }

int main(void) {
  pthread_mutex_init(&ledger, NULL);
  pthread_atfork(NULL, NULL, MakeAnew);
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
