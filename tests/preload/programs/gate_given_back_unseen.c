/* One side gives the gate back, and takes it again, by functions that were looked up in the C library's own file. */
// expect: circular | front -> back | predicted
// expect: circular | left -> right | unknown
// note: by a way past the recorder
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*OfMutex)(pthread_mutex_t*);

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
/* Under the gate on both sides; but the gate is known by now for one that is given back unseen. */
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* OtherSide(void* unused) {
  pthread_mutex_lock(&gate);
  Both(&back, &front);
  Both(&right, &left);
  pthread_mutex_unlock(&gate);
  return unused;
}

int main(void) {
  void* const library = dlopen(LIBC_SO, RTLD_NOW);
  const OfMutex lock = library == NULL ? NULL : (OfMutex)dlsym(library, "pthread_mutex_lock");
  const OfMutex unlock = library == NULL ? NULL : (OfMutex)dlsym(library, "pthread_mutex_unlock");
  if (lock == NULL || unlock == NULL) abort();
  pthread_t thread;
  pthread_create(&thread, NULL, OtherSide, NULL);
  usleep(50000);
  pthread_mutex_lock(&gate);
  Both(&left, &right);
  unlock(&gate);
  Both(&front, &back);
  lock(&gate);
  pthread_mutex_unlock(&gate);
  pthread_join(thread, NULL);
  return 0;
}
