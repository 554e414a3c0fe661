// The lines of a script that are about memory hotplug: what they mean to hotplug/.
//
// A script with a `policy` runs on a machine of hotplug/machine.h; the words of its lines are listed in README.md.
//
// Thread-safe: no state.
#ifndef WORKLOADS_HOTPLUG_LINES_H_
#define WORKLOADS_HOTPLUG_LINES_H_

#include <string_view>
#include <vector>

#include "workloads/program.h"
#include "workloads/syntax.h"

namespace lockdep::workloads {

// Whether a line that begins with this word is one: at the top of the script, or in a thread.
bool IsHotplugItem(std::string_view word);
bool IsHotplugStatement(std::string_view word);

// Sets program.scenario, from the words of the items and what the threads of the program do.  Returns what is wrong.
std::vector<ScriptError> MakeScenario(const std::vector<std::vector<Name>>& items, Program& program);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_HOTPLUG_LINES_H_
