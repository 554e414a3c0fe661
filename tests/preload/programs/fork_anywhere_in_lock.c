/* A handler forks at one instruction after another of a lock and its unlock, and the child goes on from there. */
// expect: no finding
// exit: 0
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__

#define TRAP_FLAG "$0x100"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, outer = PTHREAD_MUTEX_INITIALIZER,
                       inner = PTHREAD_MUTEX_INITIALIZER;
static volatile int instruction, forks_at, is_child;

static void Handle(int signal, siginfo_t* info, void* data) {
  (void)signal;
  (void)info;
  if (++instruction != forks_at) return;
  ucontext_t* const context = data;
  const pid_t child = fork();
  is_child = child == 0;
  if (child > 0) waitpid(child, 0, 0);
  context->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
}

__attribute__((noinline)) static void Take(void) {
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
}

__attribute__((noinline)) static void TakeBoth(void) {
  pthread_mutex_lock(&outer);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&outer);
}

__attribute__((noinline)) static void TakeStepByStep(void) {
  __asm__ volatile("pushfq; orq " TRAP_FLAG ", (%%rsp); popfq" ::: "memory", "cc");
  Take();
  __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

int main(void) {
  struct sigaction action = {.sa_sigaction = Handle, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, 0);
  for (int i = 0; i < 5; ++i) Take();
  for (forks_at = 1; instruction == forks_at - 1; ++forks_at) {
    instruction = 0;
    TakeStepByStep();
    if (!is_child) continue;
    for (int i = 0; i < 5; ++i) {
      Take();
      TakeBoth();
    }
    pthread_exit(0);
  }
  return 0;
}

#else

int main(void) { return 0; }

#endif
