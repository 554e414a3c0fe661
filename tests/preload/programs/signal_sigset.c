/* sigset gives back the program's own handler. */
// expect: no finding
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define _GNU_SOURCE
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <stdio.h>
typedef void (*H)(int);
static void h(int s) {
  (void)s;
  write(1, "h\n", 2);
}
#include <unistd.h>
static void h2(int s) {
  (void)s;
  write(1, "h2\n", 3);
}
int main() {
  signal(SIGUSR1, h);
  H old = sigset(SIGUSR1, h2);
  printf("old==h: %d\n", old == h);
  fflush(stdout);
  raise(SIGUSR1);
  signal(SIGUSR1, old);
  raise(SIGUSR1);
  printf("end\n");
  return 0;
}
