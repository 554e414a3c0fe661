/* The parent holds a process-shared spin lock when it forks. In the child, a thread waits for it and holds another
 * lock, for which the child's first thread waits: the parent ends that. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_spinlock_t* s;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;

static void* T(void* x) {
  pthread_mutex_lock(&front);
  pthread_spin_lock(s);
  pthread_spin_unlock(s);
  pthread_mutex_unlock(&front);
  return x;
}

int main(void) {
  s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_spin_init(s, PTHREAD_PROCESS_SHARED);
  pthread_spin_lock(s);
  pid_t c = fork();
  if (c == 0) {
    pthread_t t;
    pthread_create(&t, 0, T, 0);
    usleep(200000);
    pthread_mutex_lock(&front);
    pthread_mutex_unlock(&front);
    pthread_join(t, 0);
    puts("child: nothing hung");
    fflush(stdout);
    _exit(0);
  }
  usleep(500000);
  pthread_spin_unlock(s);
  waitpid(c, 0, 0);
  return 0;
}
