// Memory blocks go online and offline, and come and go; their pages: pages.h.  (mm/memory_hotplug.c,
// drivers/base/memory.c, drivers/base/core.c)
//
// All return 0, or a negative errno.
//
// Thread-safe, by the locks that the machine's policy says: which is what there is to be seen.
#ifndef HOTPLUG_MEMORY_HOTPLUG_H_
#define HOTPLUG_MEMORY_HOTPLUG_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

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

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_MEMORY_HOTPLUG_H_
