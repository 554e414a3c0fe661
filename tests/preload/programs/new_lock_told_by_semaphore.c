/* A lock that its maker initialises, tells of by a semaphore, and takes first all the same. */
// expect: circular | list_mutex -> Make at new_lock_told_by_semaphore.c | unknown
// exit: 66
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

struct object {
  pthread_mutex_t mutex;
  int complete; /* under mutex */
};

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct object* object;
static sem_t told, taken;

static void* Walk(void* unused) {
  sem_wait(&told);
  struct object* const mine = object;
  sem_wait(&taken);
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_lock(&mine->mutex);
  mine->complete = 1;
  pthread_mutex_unlock(&mine->mutex);
  pthread_mutex_unlock(&list_mutex);
  return unused;
}

static void Make(void) {
  object = calloc(1, sizeof *object);
  pthread_mutex_init(&object->mutex, NULL);
  sem_post(&told);
  pthread_mutex_lock(&object->mutex);
  pthread_mutex_lock(&list_mutex);
  pthread_mutex_unlock(&list_mutex);
  pthread_mutex_unlock(&object->mutex);
  sem_post(&taken);
}

int main(void) {
  pthread_t walker;
  sem_init(&told, 0, 0);
  sem_init(&taken, 0, 0);
  pthread_create(&walker, NULL, Walk, NULL);
  Make();
  pthread_join(walker, NULL);
  pthread_mutex_destroy(&object->mutex);
  free(object);
  return 0;
}
