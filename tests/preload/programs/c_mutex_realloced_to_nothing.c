/* The memory of a thread's own gate ends by realloc to 0 bytes; that of another thread comes to lie there. */
// expect: circular | front -> back | predicted
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "both_orders.h"

static pthread_mutex_t* volatile others_gate;

static void* FrontFirst(void* unused) {
  pthread_mutex_t* gate = malloc(sizeof *gate);
  pthread_mutex_init(gate, NULL);
  Under(gate, &front, &back);
  const size_t nothing = 0;
  if (realloc(gate, nothing) != NULL) puts("something");
  others_gate = malloc(sizeof *gate);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  pthread_mutex_t* gate = others_gate;
  *gate = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  Under(gate, &back, &front);
  free(gate);
  return unused;
}

int main(void) {
  Together(FrontFirst, BackFirst);
  return 0;
}
