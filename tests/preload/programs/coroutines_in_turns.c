/* Two coroutines of main, each of which gives way between its two locks.  Here the second one is ready only when the
   first one is done; earlier, main would wait for itself. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <stdio.h>
#include <ucontext.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t scheduler, coroutines[2];
static char stacks[2][64 << 10];
static int done[2], running;

static void GiveWay(void) { swapcontext(&coroutines[running], &scheduler); }

static void TakeBoth(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  GiveWay();
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  done[running] = 1;
}

static void One(void) { TakeBoth(&front, &back); }
static void Two(void) { TakeBoth(&back, &front); }

int main(void) {
  void (*const routines[2])(void) = {One, Two};
  for (int i = 0; i < 2; ++i) {
    getcontext(&coroutines[i]);
    coroutines[i].uc_stack.ss_sp = stacks[i];
    coroutines[i].uc_stack.ss_size = sizeof stacks[i];
    coroutines[i].uc_link = &scheduler;
    makecontext(&coroutines[i], routines[i], 0);
  }
  for (running = 0; running < 2; ++running) {
    while (!done[running]) swapcontext(&scheduler, &coroutines[running]);
  }
  puts("done");
  return 0;
}
