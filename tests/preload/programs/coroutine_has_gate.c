/* A coroutine has the gate when another one of its thread takes both locks: that one may do so without it, too. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       gate = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t scheduler, coroutines[2];
static char stacks[2][64 << 10];

static void HasGate(void) {
  pthread_mutex_lock(&gate);
  swapcontext(&coroutines[0], &scheduler);
  pthread_mutex_unlock(&gate);
}

static void TakesBoth(void) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
}

static void* UnderGate(void* unused) {
  usleep(200000);
  pthread_mutex_lock(&gate);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&gate);
  return unused;
}

static void* Scheduler(void* unused) {
  void (*const routines[2])(void) = {HasGate, TakesBoth};
  for (int i = 0; i < 2; ++i) {
    getcontext(&coroutines[i]);
    coroutines[i].uc_stack.ss_sp = stacks[i];
    coroutines[i].uc_stack.ss_size = sizeof stacks[i];
    coroutines[i].uc_link = &scheduler;
    makecontext(&coroutines[i], routines[i], 0);
  }
  swapcontext(&scheduler, &coroutines[0]);
  swapcontext(&scheduler, &coroutines[1]);
  swapcontext(&scheduler, &coroutines[0]);
  return unused;
}

int main(void) {
  pthread_t scheduling, beside;
  pthread_create(&scheduling, 0, Scheduler, 0);
  pthread_create(&beside, 0, UnderGate, 0);
  pthread_join(scheduling, 0);
  pthread_join(beside, 0);
  puts("done");
  return 0;
}
