/* The program declares in which order the lock of an object and that of the list are taken, and its maker takes them so
 * while nobody knows of the object; who walks the list does not. */
// expect: circular | list_mutex -> Create at new_lock_with_declared_order.c | unknown
// exit: 66
#include <pthread.h>
#include <stdlib.h>

#include "lockdep/annotate.h"

struct object {
  pthread_mutex_t mutex;
  int complete; /* under mutex */
};

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct object* only; /* under list_mutex */

static void Create(void) {
  struct object* const object = calloc(1, sizeof *object);
  pthread_mutex_init(&object->mutex, NULL);
  lockdep_order(&object->mutex, &list_mutex);
  pthread_mutex_lock(&object->mutex);
  pthread_mutex_lock(&list_mutex);
  only = object;
  pthread_mutex_unlock(&list_mutex);
  pthread_mutex_unlock(&object->mutex);
}

static void* Walk(void* unused) {
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_lock(&only->mutex);
  only->complete = 1;
  pthread_mutex_unlock(&only->mutex);
  pthread_mutex_unlock(&list_mutex);
  return unused;
}

int main(void) {
  pthread_t walker;
  Create();
  pthread_create(&walker, NULL, Walk, NULL);
  pthread_join(walker, NULL);
  pthread_mutex_destroy(&only->mutex);
  free(only);
  return 0;
}
