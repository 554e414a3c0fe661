/* The child waits for a mutex that it shares with its parent, where another thread gives it back. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_mutex_t* m;
static int p[2];
static void* T(void* a) {
  (void)a;
  pthread_mutex_lock(m);
  write(p[1], "x", 1);
  usleep(400000);
  pthread_mutex_unlock(m);
  return 0;
}
int main() {
  m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t at;
  pthread_mutexattr_init(&at);
  pthread_mutexattr_setpshared(&at, 1);
  pthread_mutex_init(m, &at);
  pipe(p);
  pthread_t t;
  pthread_create(&t, 0, T, 0);
  char c;
  read(p[0], &c, 1);
  pid_t k = fork();
  if (k == 0) {
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    printf("child got it\n");
    fflush(stdout);
    _exit(7);
  }
  int st;
  waitpid(k, &st, 0);
  printf("child status %x\n", st);
  pthread_join(t, 0);
  return 0;
}
