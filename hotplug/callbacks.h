// Memory notifier callbacks of kinds that history had: one that vetoes, one that holds a mutex from GOING to the end
// (KSM up to 3.8, hv_balloon up to 4.8, virtio-mem), one that reads the memory hotplug lock it is called under.
//
// Not thread-safe: added before the threads start.
#ifndef HOTPLUG_CALLBACKS_H_
#define HOTPLUG_CALLBACKS_H_

#include <string>

#include "hotplug/machine.h"

namespace lockdep::hotplug {

struct CallbackSetup {
  std::string name;
  int priority = 0;
  bool of_nodes = false;  // on the chain of nodes
  bool vetoes = false;
  MemoryEvent vetoed = MemoryEvent::kGoingOnline;
  int error = 0;  // of the veto; 0: NOTIFY_STOP
  // Locks the machine's dance_mutex at GOING and unlocks it at the end; at CANCEL only if it is locked, by
  // whomever, unless `remembers` that it was itself (mutex_is_locked in hv_memory_notifier).
  bool holds_across = false;
  bool remembers = true;
  bool reads_memory = false;
  bool completes = false;  // block_online, at ONLINE
  // As sclp.h has it; with `refused` there is none.
  bool assigns_storage = false;
  bool refused = false;
};

void AddCallback(Machine& machine, const CallbackSetup& setup);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_CALLBACKS_H_
