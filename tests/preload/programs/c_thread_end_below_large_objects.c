/* A thread with large thread-local objects ends; the gate right below its stack lives. */
// expect: circular | front -> back | false | exclusive-gate
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static __thread char large[4 << 20];
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
  large[7] = 1;
  usleep(100000);
  return unused;
}

int main(void) {
  const size_t below = 1 << 20;
  const size_t bytes = 16 << 20;
  char* memory = mmap(NULL, below + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  gate = (pthread_mutex_t*)(void*)(memory + below / 2);
  pthread_mutex_init(gate, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstack(&attributes, memory + below, bytes) != 0) return 1;
  pthread_t threads[3];
  pthread_create(&threads[0], &attributes, Ends, NULL);
  pthread_create(&threads[1], NULL, FrontFirst, NULL);
  pthread_create(&threads[2], NULL, BackFirst, NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 0;
}
