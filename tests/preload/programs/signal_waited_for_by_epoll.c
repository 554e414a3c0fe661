/* A signal is waited for in epoll_pwait: what comes after it comes after what its sender did. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <unistd.h>

#include "one_side_after_signal.h"

static void WaitWith(const sigset_t* mask) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event;
  epoll_pwait(epoll, &event, 1, -1, mask);
  close(epoll);
}
