// Cpus go up and down.  (kernel/cpu.c)
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_CPU_H_
#define HOTPLUG_CPU_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// cpu_up brings the cpu's node online first: mem_hotplug_begin and done.
int CpuUp(Machine& machine, Task& task);
int CpuDown(Machine& machine, Task& task);
// Somebody who only needs that no cpu goes away.
int ReadCpus(Machine& machine, Task& task);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_CPU_H_
