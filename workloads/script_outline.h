// What is known of a script whatever the setting of its switches.
//
// Immutable.  Cost: proportional to the script.
#ifndef WORKLOADS_SCRIPT_OUTLINE_H_
#define WORKLOADS_SCRIPT_OUTLINE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/script_errors.h"
#include "workloads/syntax.h"

namespace lockdep::workloads {

struct ScriptOutline {
  std::vector<SwitchItem> switches;
  std::set<std::string> locked;            // names of locks that some statement takes
  std::set<std::string> unbalanced;        // names of which an unbalanced unlock is expected
  std::map<std::string, int> spawns;       // thread -> spawn statements, counted twice where they can repeat
  std::set<std::string> spawners_of_many;  // threads of which there may be several, or which restart
  bool expects_anything = false;
};

// Mistakes about switches are added to `errors`.
ScriptOutline OutlineOf(const Script& script, ScriptErrors& errors);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCRIPT_OUTLINE_H_
