/* What a program asks the kernel about its handlers is answered as without the recorder. */
// expect: no finding
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t plain;
static volatile sig_atomic_t detailed;

static void Plain(int signal) { plain = signal; }
static void Detailed(int signal, siginfo_t* info, void* context) {
  detailed = context != NULL && info->si_signo == signal && info->si_pid == getpid() ? signal : -1;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = Detailed;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaddset(&action.sa_mask, SIGUSR2);
  printf("%d\n", sigaction(SIGUSR1, &action, NULL));
  struct sigaction old;
  printf("%d\n", sigaction(SIGUSR1, NULL, &old));
  printf("%d %d %d\n", old.sa_sigaction == Detailed, (old.sa_flags & SA_SIGINFO) != 0,
         sigismember(&old.sa_mask, SIGUSR2));
  raise(SIGUSR1);
  printf("%d\n", detailed == SIGUSR1);
  printf("%d\n", signal(SIGUSR1, Plain) == (void (*)(int))(void*)Detailed);
  raise(SIGUSR1);
  printf("%d\n", plain == SIGUSR1);
  printf("%d\n", signal(SIGUSR1, SIG_IGN) == Plain);
  raise(SIGUSR1);
  printf("%d\n", signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  errno = 0;
  printf("%d %d\n", sigaction(SIGKILL, &action, NULL), errno == EINVAL);
  errno = 0;
  printf("%d %d\n", sigaction(4711, &action, NULL), errno == EINVAL);
  printf("%d\n", signal(SIGKILL, Plain) == SIG_ERR);
  action.sa_sigaction = Detailed;
  action.sa_flags = (int)SA_RESETHAND | SA_SIGINFO;
  struct sigaction before;
  sigaction(SIGUSR2, &action, &before);
  printf("%d\n", before.sa_handler == SIG_DFL);
  raise(SIGUSR2);
  sigaction(SIGUSR2, NULL, &old);
  printf("%d %d\n", detailed == SIGUSR2, old.sa_handler == SIG_DFL);
  return 0;
}
