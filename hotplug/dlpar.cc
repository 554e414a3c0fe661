#include "hotplug/dlpar.h"

#include <cerrno>

#include "hotplug/gate.h"
#include "hotplug/memory_hotplug.h"

namespace lockdep::hotplug {

int DlparAdd(Machine& machine, Task& task, MemoryBlock& block) {
  Gate gate(machine.policy.add_gate, machine, task);
  if (block.exists.ReadOnce()) return -EINVAL;  // DRCONF_MEM_ASSIGNED
  if (const int error = AddMemoryGated(machine, task, block); error != 0) return error;
  // dlpar_change_lmb_state looks at dev.offline without the device's lock.
  const int error = block.dev_offline ? DeviceOnline(machine, task, block) : 0;
  if (error < 0) RemoveMemoryGated(machine, task, block);
  return error < 0 ? error : 0;
}

int DlparRemove(Machine& machine, Task& task, MemoryBlock& block) {
  Gate gate(machine.policy.remove_gate, machine, task);
  if (!block.exists.ReadOnce()) return -EINVAL;  // lmb_is_removable
  const int error = block.dev_offline ? 0 : DeviceOffline(machine, task, block);
  if (error < 0) return error;
  return RemoveMemoryGated(machine, task, block);
}

}  // namespace lockdep::hotplug
