/* As issue 1163 of google/sanitizers, with mutexes that begin and end by their functions. */
/* No hang: an object whose maker asks for the list's lock is in no list: nobody can ask for the object's lock. */
// expect: circular | list_mutex -> Create at tsan_1163_mutex_with_init.c | unknown
// exit: 0
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct object {
  pthread_mutex_t mutex;
  struct object* next; /* under list_mutex */
  int complete;        /* under mutex */
};

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct object* first = NULL; /* under list_mutex */

static void Create(void) {
  struct object* object = calloc(1, sizeof *object);
  pthread_mutex_init(&object->mutex, NULL);
  pthread_mutex_lock(&object->mutex);
  pthread_mutex_lock(&list_mutex);
  object->next = first;
  first = object;
  pthread_mutex_unlock(&list_mutex);
  object->complete = 1;
  pthread_mutex_unlock(&object->mutex);
}

static int CountComplete(void) {
  int complete = 0;
  pthread_mutex_lock(&list_mutex);
  for (struct object* object = first; object != NULL; object = object->next) {
    pthread_mutex_lock(&object->mutex);
    complete += object->complete;
    pthread_mutex_unlock(&object->mutex);
  }
  pthread_mutex_unlock(&list_mutex);
  return complete;
}

static void* Make(void* unused) {
  for (int i = 0; i < 3; ++i) Create();
  return unused;
}

static void* Walk(void* unused) {
  while (CountComplete() < 3) usleep(1000);
  return unused;
}

int main(void) {
  pthread_t maker, walker;
  pthread_create(&maker, NULL, Make, NULL);
  pthread_create(&walker, NULL, Walk, NULL);
  pthread_join(maker, NULL);
  pthread_join(walker, NULL);
  while (first != NULL) {
    struct object* const next = first->next;
    pthread_mutex_destroy(&first->mutex);
    free(first);
    first = next;
  }
  return 0;
}
