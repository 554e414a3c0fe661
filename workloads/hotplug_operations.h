// The operations of memory hotplug, as threads of scripts have them: "sysfs write block 1 state online" and what it
// does.
//
// The words are listed in README.md.
//
// Thread-safe: no state.
#ifndef WORKLOADS_HOTPLUG_OPERATIONS_H_
#define WORKLOADS_HOTPLUG_OPERATIONS_H_

#include <string_view>

#include "hotplug/scenario.h"
#include "workloads/line_words.h"

namespace lockdep::workloads {

// Whether a statement that begins with this word is one.
bool IsHotplugOperation(std::string_view word);

// Takes the words of one from the line.  Blocks and caches must be those of the machine.
hotplug::Action OperationOf(LineWords& line, const hotplug::MachineSetup& machine);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_HOTPLUG_OPERATIONS_H_
