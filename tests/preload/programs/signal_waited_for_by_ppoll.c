/* A signal is waited for in ppoll: what comes after it comes after what its sender did. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <poll.h>

#include "one_side_after_signal.h"

static void WaitWith(const sigset_t* mask) {
  ppoll(NULL, 0, NULL, mask);
}
