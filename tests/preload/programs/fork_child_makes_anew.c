/* A handler of fork gives the child a mutex made anew by assignment: it is not held any more. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void Prepare(void) { pthread_mutex_lock(&m); }

static void Parent(void) { pthread_mutex_unlock(&m); }

static void Child(void) { m = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; }

int main(void) {
  pthread_atfork(Prepare, Parent, Child);
  pid_t c = fork();
  if (c == 0) {
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    puts("child: done");
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  return 0;
}
