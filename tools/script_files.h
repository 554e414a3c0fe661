// Which scripts the paths on a command line mean, and what is in them.
//
// Thread-safe: no state.
#ifndef TOOLS_SCRIPT_FILES_H_
#define TOOLS_SCRIPT_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockdep::tools {

// Larger than any script; keeps a typing mistake like /dev/zero from filling the memory.
inline constexpr std::size_t kScriptBytesMax = 64U << 20U;

struct ScriptFiles {
  std::vector<std::string> files;   // in the order of the paths, each once; those of a directory sorted
  std::vector<std::string> errors;  // "path: what is wrong"
};

// A path is a file, or a directory, which stands for all *.workload files below it.
ScriptFiles FindScripts(const std::vector<std::string>& paths);

// The whole file, or "path: what is wrong".
absl::StatusOr<std::string> ReadScript(const std::string& path);

}  // namespace lockdep::tools

#endif  // TOOLS_SCRIPT_FILES_H_
