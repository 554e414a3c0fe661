/* Memory with a mutex in it cannot be read any more when it is unmapped. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
  void* m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_mutex_t* x = m;
  pthread_mutex_init(x, 0);
  pthread_mutex_lock(x);
  pthread_mutex_unlock(x);
  pthread_mutex_destroy(x);
  pthread_mutex_t* y = x + 1;
  *y = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(y);
  pthread_mutex_unlock(y); /* as std::mutex: no destroy */
  mprotect(m, 4096, PROT_NONE);
  munmap(m, 4096);
  puts("done");
  return 0;
}
