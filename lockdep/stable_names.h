// What the processes of a program have in common, and are known by in each: their files, and the static locks in those.
//
// Thread-safe: no state.
#ifndef LOCKDEP_STABLE_NAMES_H_
#define LOCKDEP_STABLE_NAMES_H_

#include <optional>
#include <string>

#include "lockdep/module_map.h"
#include "lockdep/recording_format.h"

namespace lockdep {

// What a file is known by in every process: its build id, else its path.  Empty: it has neither.
std::string StableNameOf(const ModuleMap::File& file);

// What a lock is known by in every process; nothing where it is a lock of its process only.  That of a static object is
// its file's, and its place there.
std::optional<std::string> StableNameOf(const recording::LockRecord& lock, const ModuleMap& modules);

}  // namespace lockdep

#endif  // LOCKDEP_STABLE_NAMES_H_
