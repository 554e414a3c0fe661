// What the shared headers need of their surroundings, without the library's allocator and without stdio.
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "lockdep/check.h"
#include "lockdep/held_locks.h"
#include "lockdep/preload/arena.h"

namespace lockdep {

void* AllocateHeldEntries(std::size_t bytes) { return preload::MapPages(bytes); }
// Kept: another thread may just look whether this one keeps it waiting.
void FreeHeldEntries(void*, std::size_t) {}

void CheckFailed(const char* file, int, const char* condition) {
  for (const char* const text : {"lockdep recorder: internal error in ", file, ": ", condition, " does not hold\n"}) {
    if (write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  std::abort();
}

}  // namespace lockdep
