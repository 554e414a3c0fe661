/* Gates that one side only seems to have: it has read, written, or spun for them, and given them back unseen. */
// expect: circular | front -> back | predicted
// expect: circular | left -> right | predicted
// expect: circular | inner -> outer | predicted
// note: by a way past the recorder
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*OfRwLock)(pthread_rwlock_t*);
typedef int (*OfSpinLock)(pthread_spinlock_t*);

static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t other_gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin_gate;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static OfRwLock unlock;
static OfSpinLock spin_unlock;

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
  pthread_spin_lock(&spin_gate);
  Both(&outer, &inner);
  pthread_spin_unlock(&spin_gate);
  return unused;
}

int main(void) {
  void* const library = dlopen(LIBC_SO, RTLD_NOW);
  unlock = library == NULL ? NULL : (OfRwLock)dlsym(library, "pthread_rwlock_unlock");
  spin_unlock = library == NULL ? NULL : (OfSpinLock)dlsym(library, "pthread_spin_unlock");
  if (unlock == NULL || spin_unlock == NULL) abort();
  pthread_spin_init(&spin_gate, PTHREAD_PROCESS_PRIVATE);
  pthread_t thread;
  pthread_create(&thread, NULL, OtherSide, NULL);
  usleep(50000);
  pthread_rwlock_rdlock(&gate);
  unlock(&gate);
  Both(&front, &back);
  pthread_rwlock_wrlock(&other_gate);
  Both(&left, &right);
  pthread_rwlock_unlock(&other_gate);
  pthread_spin_lock(&spin_gate);
  spin_unlock(&spin_gate);
  Both(&inner, &outer);
  pthread_join(thread, NULL);
  return 0;
}
