// The pages of a memory block go online and offline.  (mm/memory_hotplug.c; memory_block_online and
// memory_block_offline of drivers/base/memory.c)
//
// All return 0, or a negative errno.  Where the policy has no lock inside, the caller should hold it.
//
// Thread-safe, by the locks that the machine's policy says: which is what there is to be seen.
#ifndef HOTPLUG_PAGES_H_
#define HOTPLUG_PAGES_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// online_pages, offline_pages.
int OnlinePages(Machine& machine, Task& task, MemoryBlock& block);
int OfflinePages(Machine& machine, Task& task, MemoryBlock& block);

// The same with what is around it: the struct pages that lie in the block itself (memmap on memory), and the events
// PREPARE_ONLINE and FINISH_OFFLINE.
int MemoryBlockOnline(Machine& machine, Task& task, MemoryBlock& block);
int MemoryBlockOffline(Machine& machine, Task& task, MemoryBlock& block);

// lru_add_drain_all; stop_machine.
void LruAddDrainAll(Machine& machine, Task& task);
void StopMachine(Machine& machine, Task& task);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_PAGES_H_
