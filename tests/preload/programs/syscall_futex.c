// syscall() returns what the kernel says, with six arguments, and sets errno; it may return twice.  A lock that is made
// of futexes is not seen, which is said.
// expect: no finding
// note: 1 process asked the kernel for futexes without pthread; a lock that is made so is not seen: program_syscall
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int word = 1;
  errno = 0;
  const long woken = syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
  printf("%ld %d\n", woken, errno);
  const long waited = syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL, NULL, 0);
  printf("%ld %d\n", waited, errno == EAGAIN);
  printf("%d\n", syscall(SYS_getpid) == getpid());
  const int fd = memfd_create("two pages", 0);
  if (ftruncate(fd, 8192) != 0 || pwrite(fd, "x", 1, 4096) != 1) return 1;
  const long memory = syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
  printf("%c\n", *(const char*)memory);
  errno = 0;
  const long made = syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED, -1, 0);
  printf("%ld %d\n", made, errno == EBADF);
  fflush(stdout);
  const long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) _exit(7);
  int status = 0;
  waitpid((pid_t)child, &status, 0);
  printf("%d\n", WEXITSTATUS(status));
}
