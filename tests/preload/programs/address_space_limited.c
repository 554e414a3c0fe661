/* A program that limits its address space has it for itself: what it prints is the same. */
// expect: no finding
// exit: 0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void* Lock(void* data) {
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  return data;
}

int main(void) {
  const struct rlimit limit = {600U << 20, 600U << 20};
  if (setrlimit(RLIMIT_AS, &limit) != 0) abort();
  void* const memory = malloc(100U << 20);
  pthread_t thread;
  const int error = pthread_create(&thread, NULL, Lock, NULL);
  printf("memory %d, thread %d\n", memory != NULL, error);
  if (error == 0) pthread_join(thread, NULL);
  free(memory);
  return 0;
}
