// The child of a vfork tries one program, and becomes another one.  It does so in the memory of its parent, whose
// recording goes on: what the parent does afterwards is found.
// expect: circular | front -> back | predicted
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* Forwards(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

static void* Backwards(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/nowhere/at/all", "all", (char*)NULL);
    execlp("true", "true", (char*)NULL);
    _exit(9);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("%d %d\n", WEXITSTATUS(status), errno);
  pthread_t one, two;
  pthread_create(&one, NULL, Forwards, NULL);
  pthread_create(&two, NULL, Backwards, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
}
