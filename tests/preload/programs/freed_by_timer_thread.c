/* A thread of the C library's, which takes no lock, frees an object with a mutex; the next object comes to lie there.
 * They are two mutexes, though the second one was made by no function. */
// expect: no finding
// exit: 0
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct object {
  pthread_mutex_t mutex;
  char more[5000]; /* so that the allocator gives its memory to the next one of that size */
};

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;
static int is_freed = 0;

static void Free(union sigval value) {
  free(value.sival_ptr);
  __atomic_store_n(&is_freed, 1, __ATOMIC_RELEASE);
}

static void* First(void* data) {
  struct object* const object = data;
  pthread_mutex_lock(&object->mutex);
  pthread_mutex_lock(&fixed);
  pthread_mutex_unlock(&fixed);
  pthread_mutex_unlock(&object->mutex);
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = Free;
  event.sigev_value.sival_ptr = object;
  timer_t timer;
  const struct itimerspec soon = {{0, 0}, {0, 1000000}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &soon, NULL) != 0) abort();
  return NULL;
}

int main(void) {
  struct object* const first = malloc(sizeof *first);
  pthread_mutex_init(&first->mutex, NULL);
  void* const behind = malloc(3000); /* else what is freed becomes a part of what follows */
  pthread_t thread;
  pthread_create(&thread, NULL, First, first);
  while (!__atomic_load_n(&is_freed, __ATOMIC_ACQUIRE)) usleep(1000);
  struct object* const second = malloc(sizeof *second);
  second->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&fixed);
  pthread_mutex_lock(&second->mutex);
  pthread_mutex_unlock(&second->mutex);
  pthread_mutex_unlock(&fixed);
  pthread_join(thread, NULL);
  free(second);
  free(behind);
  return 0;
}
