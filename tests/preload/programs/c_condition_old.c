/* Conditions of the form that they had before glibc 2.3.2: they work as without the recorder, and what they come to is
   a wait. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
__asm__(".symver pthread_cond_wait, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver pthread_cond_timedwait, pthread_cond_timedwait@GLIBC_2.2.5");
__asm__(".symver pthread_cond_signal, pthread_cond_signal@GLIBC_2.2.5");
__asm__(".symver pthread_cond_broadcast, pthread_cond_broadcast@GLIBC_2.2.5");
__asm__(".symver pthread_cond_init, pthread_cond_init@GLIBC_2.2.5");
__asm__(".symver pthread_cond_destroy, pthread_cond_destroy@GLIBC_2.2.5");
#endif

/* Of the old form is only a pointer; the new one would write behind it. */
static union {
  pthread_cond_t condition;
  char bytes[sizeof(pthread_cond_t)];
} old;

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static int ready;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void Tell(int how, int (*wake)(pthread_cond_t*)) {
  pthread_mutex_lock(&queue);
  ready = how;
  wake(&old.condition);
  pthread_mutex_unlock(&queue);
}

static void WaitFor(int how) {
  pthread_mutex_lock(&queue);
  while (ready != how) pthread_cond_wait(&old.condition, &queue);
  pthread_mutex_unlock(&queue);
}

static void* FrontFirst(void* unused) {
  Both(&front, &back);
  usleep(50000);
  Tell(1, pthread_cond_signal);
  usleep(50000);
  Tell(2, pthread_cond_broadcast);
  return unused;
}

int main(void) {
  memset(old.bytes, 0x5a, sizeof old.bytes);
  pthread_cond_init(&old.condition, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, FrontFirst, NULL);
  WaitFor(1);
  Both(&back, &front);
  WaitFor(2);
  pthread_join(thread, NULL);

  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec = soon.tv_nsec < 980000000 ? soon.tv_nsec + 20000000 : 999999999;
  pthread_mutex_lock(&queue);
  const int answer = pthread_cond_timedwait(&old.condition, &queue, &soon);
  pthread_mutex_unlock(&queue);
  pthread_cond_destroy(&old.condition);
  size_t kept = 0;
  for (size_t i = sizeof(void*); i < sizeof old.bytes; ++i) kept += old.bytes[i] == 0x5a;
  printf("%d, %zu bytes are as they were\n", answer, kept);
  return 0;
}
