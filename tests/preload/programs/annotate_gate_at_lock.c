/* A gate is called by the address of an object that begins with a mutex: two things all the same. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>

#include "lockdep/annotate.h"

static struct {
  pthread_mutex_t m;
  int x;
} obj = {PTHREAD_MUTEX_INITIALIZER, 0};

int main(void) {
  lockdep_gate_enter(&obj);
  pthread_mutex_lock(&obj.m);
  obj.x++;
  pthread_mutex_unlock(&obj.m);
  lockdep_gate_leave(&obj);
  puts("done");
  return 0;
}
