/* The program brings its own malloc, which takes a pthread mutex. */
// expect: no finding
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t heap_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t user = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) char heap[16 << 20];
static size_t used = 0;

void* malloc(size_t bytes) {
  pthread_mutex_lock(&heap_mutex);
  size_t* block = (size_t*)(void*)(heap + used);
  const size_t whole = (bytes + 31) & ~(size_t)15;
  const int fits = whole >= bytes && whole <= sizeof heap - used;
  if (fits) used += whole;
  pthread_mutex_unlock(&heap_mutex);
  if (!fits) return NULL;
  *block = bytes;
  return block + 2;
}

void free(void* memory) {
  (void)memory;
  pthread_mutex_lock(&heap_mutex);
  pthread_mutex_unlock(&heap_mutex);
}

void* calloc(size_t count, size_t bytes) { return malloc(count * bytes); }

void* realloc(void* old, size_t bytes) {
  void* const moved = malloc(bytes);
  if (old == NULL || moved == NULL) return moved;
  const size_t before = ((size_t*)old)[-2];
  return memcpy(moved, old, before < bytes ? before : bytes);
}

static void* Run(void* unused) {
  pthread_mutex_lock(&user);
  free(malloc(100));
  pthread_mutex_unlock(&user);
  return unused;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, Run, NULL);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  printf("%d\n", used > 0);
  return 0;
}
