/* Addresses that are none are refused by the kernel, not by a crash. */
// expect: no finding
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

extern char** environ;

int main(void) {
  char name[] = "x";
  char* arguments[] = {name, NULL};
  char* volatile wild = (char*)8;
  printf("%d ", execve(wild, arguments, environ));
  printf("%d\n", errno == EFAULT);
  printf("%d ", execve("/nowhere/at/all", arguments, (char**)wild));
  printf("%d\n", errno == EFAULT || errno == ENOENT);
  return 0;
}
