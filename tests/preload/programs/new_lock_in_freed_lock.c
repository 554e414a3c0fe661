/* A thread frees an object without destroying its mutex, and another one makes an object there: the first one is told
 * of that, and is the first to use its lock. */
// expect: circular | list_mutex -> Take at new_lock_in_freed_lock.c | unknown
// exit: 66
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct object {
  char before[64];
  pthread_mutex_t mutex;
  char rest[1 << 20];
};

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t place_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct object* place; /* under place_mutex */
static int step;

static void WaitFor(int wanted) {
  while (__atomic_load_n(&step, __ATOMIC_ACQUIRE) != wanted) sched_yield();
}
static void Go(int next) { __atomic_store_n(&step, next, __ATOMIC_RELEASE); }

/* Gives nothing back before it has taken all. */
static void Take(void) {
  pthread_mutex_lock(&place_mutex);
  pthread_mutex_lock(&place->mutex);
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_unlock(&list_mutex);
  pthread_mutex_unlock(&place->mutex);
  pthread_mutex_unlock(&place_mutex);
}

static void* Taker(void* unused) {
  WaitFor(1);
  struct object* const mine = malloc(sizeof *mine);
  pthread_mutex_init(&mine->mutex, NULL);
  free(mine);
  Go(2);
  WaitFor(3);
  Take();
  return unused;
}

static void* Maker(void* unused) {
  static const pthread_mutex_t free_mutex = PTHREAD_MUTEX_INITIALIZER;
  Go(1);
  WaitFor(2);
  struct object* const made = malloc(sizeof *made);
  made->mutex = free_mutex;
  pthread_mutex_lock(&place_mutex);
  place = made;
  pthread_mutex_unlock(&place_mutex);
  Go(3);
  return unused;
}

static void* Walk(void* unused) {
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_lock(&place->mutex);
  pthread_mutex_unlock(&place->mutex);
  pthread_mutex_unlock(&list_mutex);
  return unused;
}

int main(void) {
  /* Blocks that are mappings of their own: who asks next for so much gets the one that was freed last. */
  mallopt(M_MMAP_THRESHOLD, 1 << 16);
  mallopt(M_ARENA_MAX, 1);
  pthread_t taker, maker, walker;
  pthread_create(&taker, NULL, Taker, NULL);
  pthread_create(&maker, NULL, Maker, NULL);
  pthread_join(maker, NULL);
  pthread_join(taker, NULL);
  pthread_create(&walker, NULL, Walk, NULL);
  pthread_join(walker, NULL);
  return 0;
}
