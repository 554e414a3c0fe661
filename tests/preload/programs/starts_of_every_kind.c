// Each function that starts a program, in the child of a fork: the arguments and the environment arrive as they were
// given, and what cannot be started sets errno.  Alone the program prints the same.
// expect: no finding
// note: started with another LD_PRELOAD or LOCKDEP_RECORDING, or none: env (4)
// note: 2 programs could not be started: nowhere: No such file or directory (2)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static char* const own_environment[] = {"COLOUR=green", "SHAPE=round", NULL};

enum { kVariants = 10 };

static void Start(int variant) {
  char* const arguments[] = {"sh", "-c", "echo $0 $1 $2 $COLOUR", "a", "b", "c", NULL};
  char* const env[] = {"env", NULL};
  switch (variant) {
    case 0: execv("/bin/sh", arguments); break;
    case 1: execvp("sh", arguments); break;
    case 2: execl("/bin/sh", "sh", "-c", "echo $0 $1 $2 $COLOUR", "d", "e", "f", (char*)NULL); break;
    case 3:
      execlp("sh", "sh", "-c", "echo $# $9", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", (char*)NULL);
      break;
    case 4: execle("/usr/bin/env", "env", (char*)NULL, own_environment); break;
    case 5: execve("/usr/bin/env", env, own_environment); break;
    case 6: execvpe("env", env, own_environment); break;
    case 7: fexecve(open("/usr/bin/env", O_RDONLY | O_CLOEXEC), env, own_environment); break;
    case 8: execl("/bin/sh", "sh", (char*)NULL); break;
    case 9: execv("/nowhere", arguments); break;
  }
  printf("%d: %s\n", variant, strerror(errno));
  fflush(stdout);
  _exit(1);
}

int main(void) {
  setenv("COLOUR", "red", 1);
  for (int variant = 0; variant < kVariants; ++variant) {
    const pid_t child = fork();
    if (child == 0) Start(variant);
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d ended with %d\n", variant, WEXITSTATUS(status));
    fflush(stdout);
  }
  char* const arguments[] = {"sh", "-c", "echo spawned $COLOUR", NULL};
  pid_t child = 0;
  int result = posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ);
  const int waited = waitpid(child, NULL, 0) == child; /* what it prints comes first */
  printf("%d %d\n", result, waited);
  fflush(stdout);
  result = posix_spawnp(NULL, "sh", NULL, NULL, arguments, environ);
  waitpid(-1, NULL, 0);
  printf("%d\n", result);
  fflush(stdout);
  child = 77;
  errno = 5;
  printf("%d\n", posix_spawn(&child, "/nowhere", NULL, NULL, arguments, environ));
  printf("%d %d\n", (int)child, errno);
  printf("%d\n", system(NULL) != 0);
}
