/* A gate is first used on the stack of a coroutine, which lies below the thread's own: it lives on there. */
// expect: circular | front -> back | false | exclusive-gate
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER,
                       beside = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t* gate;
static ucontext_t here, there;

static void Coroutine(void) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  swapcontext(&there, &here);
}

static void* T(void* unused) {
  usleep(200000);
  pthread_mutex_lock(gate);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(gate);
  return unused;
}

static void* U(void* unused) {
  usleep(300000);
  pthread_mutex_lock(gate);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(gate);
  return unused;
}

int main(void) {
  char* stack = malloc(64 << 10);
  gate = malloc(sizeof *gate);
  pthread_mutex_init(gate, 0);
  pthread_t t, u;
  pthread_create(&t, 0, T, 0);
  pthread_create(&u, 0, U, 0);

  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = 64 << 10;
  makecontext(&there, Coroutine, 0);
  swapcontext(&here, &there);
  pthread_mutex_lock(&beside);
  pthread_mutex_unlock(&beside);
  pthread_join(t, 0);
  pthread_join(u, 0);
  puts("done");
  return 0;
}
