/* The lock of a stream and a mutex, in opposite orders. */
// expect: circular | mutex -> UseStream at c_stream_locks.c | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static FILE* stream;

static void UseStream(void) { flockfile(stream); }

static void* MutexFirst(void* unused) {
  pthread_mutex_lock(&mutex);
  UseStream();
  fputs("one\n", stream);
  funlockfile(stream);
  pthread_mutex_unlock(&mutex);
  return unused;
}

static void* StreamFirst(void* unused) {
  usleep(50000);
  UseStream();
  pthread_mutex_lock(&mutex);
  fputs("two\n", stream);
  pthread_mutex_unlock(&mutex);
  funlockfile(stream);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  stream = fopen("/dev/null", "w");
  pthread_create(&threads[0], NULL, MutexFirst, NULL);
  pthread_create(&threads[1], NULL, StreamFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return fclose(stream);
}
