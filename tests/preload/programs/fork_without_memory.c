/* The child of a fork has not got the memory of a mutex that another thread holds. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t* x;

static void* T(void* unused) {
  pthread_mutex_lock(x);
  usleep(300000);
  pthread_mutex_unlock(x);
  return unused;
}

int main(void) {
  x = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_mutex_init(x, 0);
  madvise(x, 4096, MADV_DONTFORK);
  pthread_t t;
  pthread_create(&t, 0, T, 0);
  usleep(100000);
  int p = fork();
  if (p == 0) _exit(7);
  int s;
  waitpid(p, &s, 0);
  printf("child: status %x\n", s);
  pthread_join(t, 0);
  return 0;
}
