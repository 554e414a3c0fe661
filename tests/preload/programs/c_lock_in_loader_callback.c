/* A thread locks in a callback of dl_iterate_phdr, in which the loader has its own lock; another thread holds that
   mutex and takes one more.  Neither waits for the other. */
// expect: no finding
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

static int Visit(struct dl_phdr_info* info, size_t bytes, void* unused) {
  (void)info;
  (void)bytes;
  (void)unused;
  usleep(200000);
  pthread_mutex_lock(&outer);
  pthread_mutex_unlock(&outer);
  return 1;
}

static void* InLoader(void* unused) {
  dl_iterate_phdr(Visit, NULL);
  return unused;
}

static void* Nested(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&outer);
  usleep(300000);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&outer);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, InLoader, NULL);
  pthread_create(&threads[1], NULL, Nested, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  puts("done");
  return 0;
}
