// Slab caches, which need something for every node with memory, and read both hotplug locks for it.  (mm/slab_common.c,
// mm/slub.c)
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_SLAB_H_
#define HOTPLUG_SLAB_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

int CreateCache(Machine& machine, Task& task, Cache& cache);
// Deletes the cache's files under slab_mutex (sysfs_slab_unlink).
int DestroyCache(Machine& machine, Task& task, Cache& cache);

// The attributes of a cache: one that counts objects (show_slab_objects), `shrink`, and one that is handed on to child
// caches.
int ReadSlabObjects(Machine& machine, Task& task);
int WriteSlabShrink(Machine& machine, Task& task);
int WriteSlabAttribute(Machine& machine, Task& task);

// slab_memory_callback, of priority 1.
void AddSlabCallback(Machine& machine);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SLAB_H_
