/* Two mutexes on the heap, made by their function, in both orders: which they are is certain. */
/* It can hang: each thread has its first one, and wants the other's. */
// expect: circular | main at c_mutex_heap_init.c -> main at c_mutex_heap_init.c | predicted
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t* front;
static pthread_mutex_t* back;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

static void* One(void* unused) {
  Nested(front, back);
  return unused;
}

static void* Other(void* unused) {
  usleep(50000);
  Nested(back, front);
  return unused;
}

int main(void) {
  front = malloc(sizeof *front);
  back = malloc(sizeof *back);
  pthread_mutex_init(front, NULL);
  pthread_mutex_init(back, NULL);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, One, NULL);
  pthread_create(&threads[1], NULL, Other, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  pthread_mutex_destroy(front);
  pthread_mutex_destroy(back);
  free(front);
  free(back);
  return 0;
}
