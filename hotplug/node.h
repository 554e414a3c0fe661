// The node that the memory and the cpu belong to: it goes online with the first of them.  (mm/memory_hotplug.c,
// drivers/base/node.c)
//
// Thread-safe, as memory_hotplug.h.
#ifndef HOTPLUG_NODE_H_
#define HOTPLUG_NODE_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

// try_online_node, before a cpu goes up.
void TryOnlineNode(Machine& machine, Task& task);

// What add_memory does about it, before the memory and after: whether the node is new is decided once.
// REQUIRES: the memory hotplug lock is held for writing.
bool IsNewNode(const Machine& machine);
void RegisterNode(Machine& machine);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_NODE_H_
