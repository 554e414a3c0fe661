/* One side goes on whether or not it got the gate; here it got it. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* Lucky(void* unused) {
  const int got = pthread_mutex_trylock(&gate) == 0;
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  if (got) pthread_mutex_unlock(&gate);
  return unused;
}

static void* Careful(void* unused) {
  usleep(50000);
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&gate);
  return unused;
}

int main(void) {
  pthread_t lucky, careful;
  pthread_create(&lucky, NULL, Lucky, NULL);
  pthread_create(&careful, NULL, Careful, NULL);
  pthread_join(lucky, NULL);
  pthread_join(careful, NULL);
  return 0;
}
