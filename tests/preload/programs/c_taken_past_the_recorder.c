/* A read lock and a spin lock are taken by functions that were looked up in the C library's own file, as a library does
 * that was loaded with RTLD_DEEPBIND.  They are held, and giving them back is no mistake, though the locks do not say who
 * has them. */
// expect: no finding
// exit: 0
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t counter;
static pthread_mutex_t seen = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  void* const library = dlopen("libc.so.6", RTLD_NOW);
  if (library == NULL) abort();
  int (*read_lock)(pthread_rwlock_t*) = (int (*)(pthread_rwlock_t*))dlsym(library, "pthread_rwlock_rdlock");
  int (*spin)(pthread_spinlock_t*) = (int (*)(pthread_spinlock_t*))dlsym(library, "pthread_spin_lock");
  pthread_mutex_lock(&seen);
  pthread_mutex_unlock(&seen);
  read_lock(&table);
  pthread_rwlock_unlock(&table);
  pthread_spin_init(&counter, PTHREAD_PROCESS_PRIVATE);
  spin(&counter);
  pthread_spin_unlock(&counter);
  return 0;
}
