/* The order that is declared is the one that is done. */
// expect: no finding
#include <pthread.h>

#include "lockdep/annotate.h"

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  lockdep_order(&front, &back);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return 0;
}
