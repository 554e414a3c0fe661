// What user space does to memory blocks: the files in /sys/devices/system/memory.  (drivers/base/memory.c, core.c)
//
// Every call holds the file's active reference from beginning to end.  A store that finds device_hotplug_lock taken
// gives everything back and is run again from the start, which user space does not see (lock_device_hotplug_sysfs:
// msleep(5) and restart_syscall).  Under exploration that is explore::Restart, so a task may do several calls only with
// explore::Mark before each (script_task.h does).
//
// All return 0 or a negative errno: -ENODEV if the file is gone, and never that of the restart.
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_SYSFS_H_
#define HOTPLUG_SYSFS_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

enum class StateCommand : std::uint8_t { kOffline, kOnline, kOnlineKernel, kOnlineMovable };

// `state`: -EINVAL if it is so already.
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
// Of a memory block; of an ACPI device, which looks at its physical nodes.
int ReadUevent(Machine& machine, Task& task, MemoryBlock& block);
int ReadAcpiUevent(Machine& machine, Task& task);

// A store method that deletes its own block; with sysfs_break_active_protection, or without.
int WriteRemoveSelf(Machine& machine, Task& task, MemoryBlock& block, bool breaks_protection);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SYSFS_H_
