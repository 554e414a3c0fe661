// What user space does to memory blocks: the files in /sys/devices/system/memory.  (drivers/base/memory.c, core.c)
//
// Every call holds the file's active reference from beginning to end.  A store that finds device_hotplug_lock taken
// gives everything back and is run again from the start, which user space does not see (lock_device_hotplug_sysfs:
// msleep(5) and restart_syscall).  Under exploration that is explore::Restart, so a task may do several calls only with
// explore::Mark before each (script_task.h does).
//
// All return 0 or a negative errno: -ENODEV if the file is gone, -ENOENT if there was none yet, and never that of the
// restart; errors.h says which.
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_SYSFS_H_
#define HOTPLUG_SYSFS_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

enum class StateCommand : std::uint8_t { kOffline, kOnline, kOnlineKernel, kOnlineMovable, kUnknown };
OnlineType OnlineTypeOf(StateCommand command);

// `state`: -EINVAL if it is so already, or for a word that nobody knows.
int WriteState(Machine& machine, Task& task, MemoryBlock& block, StateCommand command);
// `online`: success if it is so already.
int WriteOnline(Machine& machine, Task& task, MemoryBlock& block, bool online);
// `online` of a cpu: the same attribute, so the same class.
int WriteCpuOnline(Machine& machine, Task& task, bool online);
// `probe`: adds the block.
int WriteProbe(Machine& machine, Task& task, MemoryBlock& block);

int ReadState(Machine& machine, Task& task, MemoryBlock& block);
// `online`: with the device locked.
int ReadOnline(Machine& machine, Task& task, MemoryBlock& block);
// The zones that the block is in or can come into; 1 if it can go offline.  Both look at zones without a lock, unless
// the answer of `removable` is constant.
int ReadValidZones(Machine& machine, Task& task, MemoryBlock& block);
int ReadRemovable(Machine& machine, Task& task, MemoryBlock& block);
int ReadPhysIndex(Machine& machine, Task& task, MemoryBlock& block);
// `auto_online_blocks`, whether added memory goes online by itself: one variable without a lock.
int ReadAutoOnlineBlocks(Machine& machine, Task& task);
int WriteAutoOnlineBlocks(Machine& machine, Task& task, StateCommand command);
// Of a memory block; of an ACPI device, which looks at its physical nodes.
int ReadUevent(Machine& machine, Task& task, MemoryBlock& block);
int ReadAcpiUevent(Machine& machine, Task& task);

// A store method that deletes its own block; with sysfs_break_active_protection, or without.
int WriteRemoveSelf(Machine& machine, Task& task, MemoryBlock& block, bool breaks_protection);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SYSFS_H_
