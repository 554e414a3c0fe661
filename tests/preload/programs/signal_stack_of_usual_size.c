/* A handler on a stack of 8 KiB, of which the kernel's frame takes up to four, takes two mutexes that nobody else does. */
// expect: no finding
// exit: 0
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

static void Handle(int signal) {
  (void)signal;
  pthread_mutex_lock(&outer);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  pthread_mutex_unlock(&outer);
}

int main(void) {
  const size_t half = 65536;
  char* const memory = mmap(NULL, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + half, half, PROT_READ | PROT_WRITE) != 0) abort();
  const stack_t stack = {.ss_sp = memory + half, .ss_size = 8192}; /* nothing is mapped below it */
  if (sigaltstack(&stack, NULL) != 0) abort();
  const struct sigaction action = {.sa_handler = Handle, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  raise(SIGUSR1);
  return 0;
}
