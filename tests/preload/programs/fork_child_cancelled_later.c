/* The thread of a fork's child is cancelled, and locks: that is no place at which it may end, though the child's
   recording begins there. */
// expect: no finding
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static int status = 1;

static void* Forks(void* unused) {
  if (fork() == 0) {
    pthread_cancel(pthread_self());
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    syscall(SYS_write, 1, "done\n", 5);
    syscall(SYS_exit_group, 0);
  }
  wait(&status);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, Forks, NULL);
  pthread_join(thread, NULL);
  return status != 0;
}
