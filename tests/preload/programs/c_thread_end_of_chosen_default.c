/* The program has made the default size of stacks smaller.  A thread ends; the gate right below its stack lives. */
// expect: circular | front -> back | false | exclusive-gate
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t* gate;

static void Under(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(gate);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  pthread_mutex_unlock(gate);
}

static void* FrontFirst(void* unused) {
  Under(&front, &back);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(200000);
  Under(&back, &front);
  return unused;
}

static void* Ends(void* unused) {
  usleep(100000);
  return unused;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 128 << 10);
  if (pthread_setattr_default_np(&attributes) != 0) return 1;
  pthread_t threads[3];
  pthread_create(&threads[0], NULL, Ends, NULL);
  pthread_getattr_np(threads[0], &attributes);
  void* stack = NULL;
  size_t bytes = 0;
  pthread_attr_getstack(&attributes, &stack, &bytes);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  gate = MAP_FAILED;
  for (int i = 1; i < 100 && gate == MAP_FAILED; ++i) {
    gate = mmap((char*)stack - (i << 16), 4096, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0);
  }
  /* Much may lie there already: then it is elsewhere, and shows nothing. */
  if (gate == MAP_FAILED) gate = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
  pthread_mutex_init(gate, NULL);
  pthread_create(&threads[1], NULL, FrontFirst, NULL);
  pthread_create(&threads[2], NULL, BackFirst, NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 0;
}
