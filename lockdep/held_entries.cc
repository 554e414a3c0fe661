#include <cstdlib>

#include "lockdep/held_locks.h"

namespace lockdep {

void* AllocateHeldEntries(std::size_t bytes) { return std::malloc(bytes); }
void FreeHeldEntries(void* entries, std::size_t) { std::free(entries); }

}  // namespace lockdep
