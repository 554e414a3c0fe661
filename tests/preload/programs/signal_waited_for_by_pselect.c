/* A signal is waited for in pselect: what comes after it comes after what its sender did. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <sys/select.h>

#include "one_side_after_signal.h"

static void WaitWith(const sigset_t* mask) {
  pselect(0, NULL, NULL, NULL, NULL, mask);
}
