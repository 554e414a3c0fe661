// Memory blocks go online and offline, and come and go.  (mm/memory_hotplug.c, drivers/base/memory.c,
// drivers/base/core.c)
//
// All return 0, or a negative errno.
//
// Thread-safe, by the locks that the machine's policy says: which is what there is to be seen.
#ifndef HOTPLUG_MEMORY_HOTPLUG_H_
#define HOTPLUG_MEMORY_HOTPLUG_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// online_pages, offline_pages.  Where the policy has no lock inside, the caller should hold it.
int OnlinePages(Machine& machine, Task& task, MemoryBlock& block);
int OfflinePages(Machine& machine, Task& task, MemoryBlock& block);

// memory_block_change_state for a block that is offline, without its device.
int OnlineBlock(Machine& machine, Task& task, MemoryBlock& block);

// device_online, device_offline: with the device's lock; 1: it is so already.
int DeviceOnline(Machine& machine, Task& task, MemoryBlock& block);
int DeviceOffline(Machine& machine, Task& task, MemoryBlock& block);

// add_memory and remove_memory, with device_hotplug_lock where the policy has them take it and the task does not
// hold it yet.
int AddMemory(Machine& machine, Task& task, MemoryBlock& block);
int RemoveMemory(Machine& machine, Task& task, MemoryBlock& block);

// __remove_memory: the caller holds device_hotplug_lock, or nobody does.
int RemoveMemoryGated(Machine& machine, Task& task, MemoryBlock& block);
int AddMemoryGated(Machine& machine, Task& task, MemoryBlock& block);

// lru_add_drain_all; stop_machine.
void LruAddDrainAll(Machine& machine, Task& task);
void StopMachine(Machine& machine, Task& task);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_MEMORY_HOTPLUG_H_
