/* A worker forks. In the child it is the first thread, and none that others join: a join is no wait for it. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_t p, q;

static void* P(void* x) {
  usleep(600000);
  return x;
}

static void* Q(void* x) {
  pthread_mutex_lock(&front);
  pthread_join(p, 0);
  pthread_mutex_unlock(&front);
  return x;
}

static void* Worker(void* x) {
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
  pthread_mutex_unlock(&front);
  pid_t c = fork();
  if (c == 0) {
    pthread_create(&p, 0, P, 0);
    pthread_create(&q, 0, Q, 0);
    usleep(200000);
    pthread_mutex_lock(&front);
    pthread_mutex_unlock(&front);
    pthread_join(q, 0);
    puts("child: done, nothing hung");
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  return x;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, Worker, 0);
  pthread_join(t, 0);
  return 0;
}
