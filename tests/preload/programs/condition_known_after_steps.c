/* A mutex guards a condition, as is seen only after a thread took it time and again at one place: what it takes there
   from then on may tell it what others did. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ready;

__attribute__((noinline)) static int IsReady(void) {
  pthread_mutex_lock(&gate);
  const int is = ready;
  pthread_mutex_unlock(&gate);
  return is;
}

static void* One(void* x) {
  usleep(200000);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_lock(&gate);
  ready = 1;
  pthread_mutex_unlock(&gate);
  return x;
}

static void* Two(void* x) {
  for (int i = 0; i < 3; ++i) IsReady();
  pthread_mutex_lock(&gate);
  pthread_cond_signal(&c);
  pthread_mutex_unlock(&gate);
  usleep(500000);
  if (!IsReady()) return x;
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return x;
}

int main(void) {
  pthread_t one, two;
  pthread_create(&two, 0, Two, 0);
  pthread_create(&one, 0, One, 0);
  pthread_join(one, 0);
  pthread_join(two, 0);
  return 0;
}
