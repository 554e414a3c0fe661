/* A gate that both sides only seem to have: one has read it, and one has written it, and both gave it back unseen. */
// expect: circular | front -> back | predicted
// expect: circular | left -> right | predicted
// note: by a way past the recorder
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*OfRwLock)(pthread_rwlock_t*);

static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t other_gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static OfRwLock unlock;

static void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

static void* OtherSide(void* unused) {
  pthread_rwlock_wrlock(&gate);
  Both(&back, &front);
  pthread_rwlock_unlock(&gate);
  pthread_rwlock_wrlock(&other_gate);
  unlock(&other_gate);
  Both(&right, &left);
  return unused;
}

int main(void) {
  void* const library = dlopen(LIBC_SO, RTLD_NOW);
  unlock = library == NULL ? NULL : (OfRwLock)dlsym(library, "pthread_rwlock_unlock");
  if (unlock == NULL) abort();
  pthread_t thread;
  pthread_create(&thread, NULL, OtherSide, NULL);
  usleep(50000);
  pthread_rwlock_rdlock(&gate);
  unlock(&gate);
  Both(&front, &back);
  pthread_rwlock_wrlock(&other_gate);
  Both(&left, &right);
  pthread_rwlock_unlock(&other_gate);
  pthread_join(thread, NULL);
  return 0;
}
