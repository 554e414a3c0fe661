// Memory of pseries comes and goes as the hypervisor asks: dlpar_memory, for one memory block (drc index).
// (arch/powerpc/platforms/pseries/hotplug-memory.c)
//
// device_hotplug_lock first, then __add_memory and device_online, or device_offline and __remove_memory.
//
// Both return 0 or a negative errno.  Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_DLPAR_H_
#define HOTPLUG_DLPAR_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// dlpar_memory_add_by_index.  Memory that does not come online is removed again.
int DlparAdd(Machine& machine, Task& task, MemoryBlock& block);
// dlpar_memory_remove_by_index.
int DlparRemove(Machine& machine, Task& task, MemoryBlock& block);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_DLPAR_H_
