// Holds the memory hotplug lock for writing to the end of the block, where the policy has it held at all.
//
// Thread-confined.
#ifndef HOTPLUG_BEGIN_IF_H_
#define HOTPLUG_BEGIN_IF_H_

#include "hotplug/machine.h"

namespace lockdep::hotplug {

class [[nodiscard]] BeginIf {
 public:
  LOCKDEP_HOT BeginIf(bool begin, Machine& machine, Task& task) : begin_(begin), machine_(machine), task_(task) {
    if (begin_) machine_.Begin(task_);
  }
  LOCKDEP_HOT ~BeginIf() {
    if (begin_) machine_.Done(task_);
  }
  BeginIf(const BeginIf&) = delete;
  BeginIf& operator=(const BeginIf&) = delete;

 private:
  const bool begin_;
  Machine& machine_;
  Task& task_;
};

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_BEGIN_IF_H_
