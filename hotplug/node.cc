#include "hotplug/node.h"

#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {

bool IsNewNode(const Machine& machine) { return !machine.node_online.ReadOnce(); }

void RegisterNode(Machine& machine) {
  // register_one_node fails for a node that has its device, and its callers say BUG_ON(ret).
  explore::Check(IsNewNode(machine), "BUG: the node is registered twice");
  machine.node_online.WriteOnce(true);
}

void TryOnlineNode(Machine& machine, Task& task) {
  const bool asks_before = machine.policy.node_check == NodeCheck::kUnlocked;
  if (asks_before && !IsNewNode(machine)) return;
  machine.Begin(task);
  if (asks_before || IsNewNode(machine)) RegisterNode(machine);
  machine.Done(task);
}

}  // namespace lockdep::hotplug
