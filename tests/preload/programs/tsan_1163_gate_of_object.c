/* As issue 1163 of google/sanitizers; the program itself declares, by a gate for each object, that nobody is at an object
 * while it is being made. */
/* No hang: an object whose maker asks for the list's lock is in no list: nobody can ask for the object's lock. */
// expect: circular | list_mutex -> objects | false (declared) | exclusive-gate
// expect: circular | list_mutex -> objects+56 | false (declared) | exclusive-gate
// expect: circular | list_mutex -> objects+112 | false (declared) | exclusive-gate
#include <pthread.h>
#include <unistd.h>

#include "lockdep/annotate.h"

struct object {
  pthread_mutex_t mutex;
  struct object* next; /* under list_mutex */
  int complete;        /* under mutex */
};

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct object* first = NULL; /* under list_mutex */
static struct object objects[3];    /* in memory that lives on: a gate's address is its name */
static int made = 0;

static void Create(void) {
  struct object* const object = &objects[made++];
  pthread_mutex_init(&object->mutex, NULL);
  lockdep_gate_enter(object);
  pthread_mutex_lock(&object->mutex);
  pthread_mutex_lock(&list_mutex);
  object->next = first;
  first = object;
  lockdep_gate_leave(object);
  pthread_mutex_unlock(&list_mutex);
  object->complete = 1;
  pthread_mutex_unlock(&object->mutex);
}

static int CountComplete(void) {
  int complete = 0;
  pthread_mutex_lock(&list_mutex);
  for (struct object* object = first; object != NULL; object = object->next) {
    lockdep_gate_enter(object);
    pthread_mutex_lock(&object->mutex);
    complete += object->complete;
    pthread_mutex_unlock(&object->mutex);
    lockdep_gate_leave(object);
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
  return 0;
}
