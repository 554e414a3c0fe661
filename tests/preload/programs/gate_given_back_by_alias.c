/* One side gives the gate back, and takes it again, by the names that glibc has for programs of before 2.34. */
// expect: circular | front -> back | predicted
// no note: not seen
#include <pthread.h>
#include <unistd.h>

#if defined(__x86_64__)
__asm__(".symver AliasLock, __pthread_mutex_lock@GLIBC_2.2.5");
__asm__(".symver AliasUnlock, __pthread_mutex_unlock@GLIBC_2.2.5");
extern int AliasLock(pthread_mutex_t*);
extern int AliasUnlock(pthread_mutex_t*);
#else
#define AliasLock pthread_mutex_lock
#define AliasUnlock pthread_mutex_unlock
#endif

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* BackFirst(void* unused) {
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&gate);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, BackFirst, NULL);
  usleep(50000);
  pthread_mutex_lock(&gate);
  AliasUnlock(&gate);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  AliasLock(&gate);
  pthread_mutex_unlock(&gate);
  pthread_join(thread, NULL);
  return 0;
}
