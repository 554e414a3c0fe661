/* At one place the thread gives up where it does not get the gate; at another it goes on all the same. */
// expect: circular | front -> back | unknown
#include <stdatomic.h>
#include <unistd.h>

#include "both_orders.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int gate_is_held;
static atomic_int gave_up;

static void* Lucky(void* unused) {
  while (!gate_is_held) usleep(1000);
  pthread_mutex_lock(&front);
  if (pthread_mutex_trylock(&gate) == 0) pthread_mutex_unlock(&gate);
  pthread_mutex_unlock(&front);
  gave_up = 1;
  while (gate_is_held) usleep(1000);
  pthread_mutex_lock(&front);
  const int got = pthread_mutex_trylock(&gate) == 0;
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  if (got) pthread_mutex_unlock(&gate);
  pthread_mutex_unlock(&front);
  return unused;
}

static void* Careful(void* unused) {
  pthread_mutex_lock(&gate);
  gate_is_held = 1;
  while (!gave_up) usleep(1000);
  pthread_mutex_unlock(&gate);
  gate_is_held = 0;
  usleep(300000);
  Under(&gate, &back, &front);
  return unused;
}

int main(void) {
  Together(Lucky, Careful);
  return 0;
}
