/* Two processes share two mutexes, and each takes them in both orders behind a gate of its own, which excludes nothing
   between them. */
// expect: circular | main at process_shared_private_gate.c -> main at process_shared_private_gate.c | unknown
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  pthread_mutex_unlock(&gate);
}

int main(void) {
  pthread_mutex_t* const locks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t shared;
  pthread_mutexattr_init(&shared);
  pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&locks[0], &shared);
  pthread_mutex_init(&locks[1], &shared);
  for (int process = 0; process < 2; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      Both(&locks[0], &locks[1]);
      Both(&locks[1], &locks[0]);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  return 0;
}
