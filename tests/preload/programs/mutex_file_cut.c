/* The file that a mutex lies in is cut off before it is unmapped. */
// expect: no finding
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  int fd = memfd_create("x", 0);
  ftruncate(fd, 4096);
  void* m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  pthread_mutex_t* x = m;
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setpshared(&a, 1);
  pthread_mutex_init(x, &a);
  pthread_mutex_lock(x);
  pthread_mutex_unlock(x);
  ftruncate(fd, 0);
  munmap(m, 4096);
  puts("done");
  return 0;
}
