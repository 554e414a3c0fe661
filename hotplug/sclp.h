// Memory of s390: storage is there, but has to be assigned before anybody touches it.  (drivers/s390/char/sclp_cmd.c)
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_SCLP_H_
#define HOTPLUG_SCLP_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// sclp_mem_notifier: assigns storage when memory goes online, and gives it back, under sclp_mem_mutex.  At GOING_ONLINE
// and OFFLINE; where the policy has them at PREPARE_ONLINE and FINISH_OFFLINE (1a65b73ae9ab).  With `refuses` the
// machine has none to give: NOTIFY_BAD.
// REQUIRES: before threads start.  All blocks that are not online are standby storage from here on.
void AddSclpCallback(Machine& machine, int priority, bool refuses);

// sclp_detect_standby_memory, an initcall: adds what is standby.
int SclpAttach(Machine& machine, Task& task, MemoryBlock& block);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SCLP_H_
