/* Says that it is ready, sends its parent the signals whose numbers it is given, and counts how often it gets SIGINT
 * and SIGQUIT, until some time after the first one. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts, quits;

static void Count(int signal) {
  if (signal == SIGINT) ++interrupts;
  if (signal == SIGQUIT) ++quits;
}

int main(int argc, char** argv) {
  const struct timespec tenth = {0, 100000000};
  signal(SIGINT, Count);
  signal(SIGQUIT, Count);
  printf("ready\n");
  fflush(stdout);
  for (int i = 1; i < argc; ++i) kill(getppid(), atoi(argv[i]));
  for (int tenths = 0; tenths < 100 && interrupts + quits == 0; ++tenths) nanosleep(&tenth, NULL);
  for (int tenths = 0; tenths < 5; ++tenths) nanosleep(&tenth, NULL);
  printf("SIGINT %d, SIGQUIT %d\n", (int)interrupts, (int)quits);
  return 0;
}
