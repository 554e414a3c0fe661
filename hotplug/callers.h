// Who else adds, removes or changes memory, from inside the kernel.
//
// All return 0 or a negative errno.  Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_CALLERS_H_
#define HOTPLUG_CALLERS_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// acpi_device_hotplug: device_hotplug_lock, then acpi_scan_lock.  (drivers/acpi/scan.c)
int AcpiEject(Machine& machine, Task& task, MemoryBlock& block);
int AcpiInsert(Machine& machine, Task& task, MemoryBlock& block);
// acpi_scan_init at boot: acpi_scan_lock alone, and add_memory inside.
int AcpiBootScan(Machine& machine, Task& task, MemoryBlock& block);

// hv_mem_hot_add: adds a block and then waits until user space has brought it online, for 5 s or for ever; with
// device_hotplug_lock kept over the wait, or not.  (drivers/hv/hv_balloon.c)
struct HotAddWait {
  bool waits = false;
  bool timed = true;
  bool keeps_gate = false;
};
int BalloonHotAdd(Machine& machine, Task& task, MemoryBlock& block, HotAddWait wait);

// reserve_additional_memory: with balloon_mutex dropped around the addition, or not.  (drivers/xen/balloon.c)
int XenBalloonAdd(Machine& machine, Task& task, MemoryBlock& block, bool drops_mutex);

// offline_and_remove_memory, as virtio-mem uses it.
int OfflineAndRemove(Machine& machine, Task& task, MemoryBlock& block);

// memtrace_alloc_node up to 4.19: offlines a block by hand, without device, gate or dev->offline.
// (arch/powerpc/platforms/powernv/memtrace.c)
int MemtraceOffline(Machine& machine, Task& task, MemoryBlock& block);

// Onlining from inside the kernel, on a block that was found before; with device_hotplug_lock or without.
int KernelOnline(Machine& machine, Task& task, MemoryBlock& block, bool gate);

// The `unbind` of the dax/kmem driver removes the memory: dev_dax_kmem_remove.
int DaxUnbind(Machine& machine, Task& task, MemoryBlock& block);

// Looks at memory and needs that it stays: kmemleak_scan, soft_offline_page.
int ScanMemory(Machine& machine, Task& task, MemoryBlock& block);
// The same in wrong ways: nested in itself; before the cpu hotplug lock.
int ScanMemoryTwice(Machine& machine, Task& task);
int ScanMemoryThenCpus(Machine& machine, Task& task);

// set_online_page_callback and restore_online_page_callback.
int SetPageCallback(Machine& machine, Task& task, int callback);

// A signal for the task that offlines the block: what ends an offlining whose pages do not get free.
int SignalOfflining(Machine& machine, Task& task, MemoryBlock& block);

// register_memory_notifier of a callback that does nothing.
int RegisterCallback(Machine& machine, Task& task);

// Any user that holds the memory hotplug lock for writing, and does what stop_machine needs.
int WriteMems(Machine& machine, Task& task, bool stops_machine);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_CALLERS_H_
