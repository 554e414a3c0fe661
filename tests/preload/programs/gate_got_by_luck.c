/* One side goes on whether or not it got the gate; here it got it. */
// expect: circular | front -> back | unknown
#include <unistd.h>

#include "both_orders.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

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
  Under(&gate, &back, &front);
  return unused;
}

int main(void) {
  Together(Lucky, Careful);
  return 0;
}
