// The program tries to become one that is not there and one that is none, with a lock held, and goes on: its recording
// has not ended, and what it does afterwards is found.
// expect: circular | front -> back | predicted
// note: 2 programs could not be started
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* Backwards(void* unused) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

static void* Forwards(void* unused) {
  pthread_mutex_lock(&front);
  printf("%d %s\n", execl("/nowhere/at/all", "all", (char*)NULL), strerror(errno));
  printf("%d %s\n", execl("/etc/passwd", "passwd", (char*)NULL), strerror(errno));
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

int main(void) {
  pthread_t one, two;
  pthread_create(&one, NULL, Forwards, NULL);
  usleep(50000);
  pthread_create(&two, NULL, Backwards, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
}
