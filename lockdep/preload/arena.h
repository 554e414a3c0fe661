// Memory of the recorder's own, straight from the kernel.
//
// The program's malloc may take locks, which are recorded, which would need memory: so nothing here ever calls it.
// Nothing is given back, either; who frees much keeps a list of its own.
//
// Thread-safe: guarded by the recorder's lock (cold_section.h).
#ifndef LOCKDEP_PRELOAD_ARENA_H_
#define LOCKDEP_PRELOAD_ARENA_H_

#include <cstddef>

namespace lockdep::preload {

// Zeroed, aligned to 64 bytes; null if the kernel gives nothing.  REQUIRES: the recorder's lock is held.
void* ArenaAllocate(std::size_t bytes);

// Whole pages, zeroed, for tables that are replaced as they grow; null if the kernel gives nothing.
// Needs no lock.
void* MapPages(std::size_t bytes);

// Of both, since the start.
std::size_t ArenaBytes();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_ARENA_H_
