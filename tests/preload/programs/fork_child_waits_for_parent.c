/* The parent holds a process-shared mutex when it forks; the child waits until the parent gives it back. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  pthread_mutex_t* s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(s, &a);
  pthread_mutex_lock(s);
  pid_t c = fork();
  if (c == 0) {
    pthread_mutex_lock(s);
    pthread_mutex_unlock(s);
    puts("child: got it");
    fflush(stdout);
    _exit(0);
  }
  usleep(200000);
  pthread_mutex_unlock(s);
  waitpid(c, 0, 0);
  return 0;
}
