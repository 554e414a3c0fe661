/* A robust gate, and nobody looks at what the locks return: once a thread has ended with it, and the next one gave it
   back as it is, it keeps nobody out. */
// expect: circular | front -> back | unknown
// expect: held-at-exit | gate | real
#include "both_orders.h"
#include "robust.h"

static pthread_mutex_t gate;

static void* FrontFirst(void* unused) {
  Under(&gate, &front, &back);
  return unused;
}

static void* BackFirst(void* unused) {
  Under(&gate, &back, &front);
  return unused;
}

static void* EndsWithIt(void* unused) {
  pthread_mutex_lock(&gate);
  return unused;
}

int main(void) {
  pthread_t owner;
  InitRobust(&gate);
  Together(FrontFirst, BackFirst);
  pthread_create(&owner, NULL, EndsWithIt, NULL);
  pthread_join(owner, NULL);
  return 0;
}
