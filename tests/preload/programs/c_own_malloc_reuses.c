/* The program brings its own malloc, and with it its own free: nobody sees that a mutex ends with its memory.  Another
   one, for which no function was called, comes to lie there. */
/* No hang: they are two mutexes, each of them taken in one order.  That they are one is doubted, not claimed. */
// expect: circular | fixed -> main at c_own_malloc_reuses.c | unknown
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t heap_bytes = 4 << 20;
static char* heap = NULL;
static size_t used = 0;
static void* given_back = NULL; /* the last block of a mutex's size */

/* Before main, and before there are threads. */
static void MakeHeap(void) {
  if (heap != NULL) return;
  heap = mmap(NULL, heap_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void* malloc(size_t bytes) {
  if (bytes == sizeof(pthread_mutex_t) && given_back != NULL) {
    void* const again = given_back;
    given_back = NULL;
    return again;
  }
  MakeHeap();
  const size_t whole = (bytes + 31) & ~(size_t)15;
  const size_t at = __atomic_fetch_add(&used, whole, __ATOMIC_RELAXED);
  if (whole < bytes || at + whole > heap_bytes) return NULL;
  size_t* const block = (size_t*)(void*)(heap + at);
  *block = bytes;
  return block + 2;
}

void free(void* memory) {
  if (memory != NULL && ((size_t*)memory)[-2] == sizeof(pthread_mutex_t)) given_back = memory;
}

void* calloc(size_t count, size_t bytes) { return malloc(count * bytes); }

void* realloc(void* old, size_t bytes) {
  void* const moved = malloc(bytes);
  if (old == NULL || moved == NULL) return moved;
  const size_t before = ((size_t*)old)[-2];
  return memcpy(moved, old, before < bytes ? before : bytes);
}

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t* current;
static int step = 0; /* who goes on: an order that no lock makes */

static void WaitFor(int wanted) {
  while (__atomic_load_n(&step, __ATOMIC_ACQUIRE) != wanted) usleep(1000);
}

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

static void* UseFirst(void* unused) {
  Nested(&fixed, current);
  __atomic_store_n(&step, 1, __ATOMIC_RELEASE);
  return unused;
}

static void* UseSecond(void* unused) {
  WaitFor(2);
  Nested(current, &fixed);
  return unused;
}

int main(void) {
  current = malloc(sizeof *current);
  pthread_mutex_init(current, NULL);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, UseFirst, NULL);
  pthread_create(&threads[1], NULL, UseSecond, NULL);
  WaitFor(1);
  const pthread_mutex_t* const place = current;
  free(current);
  current = malloc(sizeof *current);
  *current = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  const int same = current == place;
  __atomic_store_n(&step, 2, __ATOMIC_RELEASE);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  printf("%d\n", same);
  return 0;
}
