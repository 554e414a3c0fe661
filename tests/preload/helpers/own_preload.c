// A library that a user preloads: says that it is there.
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void Begin(void) {
  if (getenv("SAY_PRELOADED") != NULL && write(1, "preloaded\n", 10) < 0) abort();
}
