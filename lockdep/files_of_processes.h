// The files of all processes, each once, as if one process had mapped them: one address for a place of the code, and
// its names and lines.
//
// Not thread-safe.
#ifndef LOCKDEP_FILES_OF_PROCESSES_H_
#define LOCKDEP_FILES_OF_PROCESSES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/module_map.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recording.h"

namespace lockdep {

class FilesOfProcesses {
 public:
  // The number of the file.  Must not be called any more once there is a Code().
  std::size_t Add(const ModuleMap::File& file);
  // The address of a place in the file of that number.
  static std::uint64_t AddressIn(const ModuleMap::Found& found, std::size_t number) {
    return static_cast<std::uint64_t>(number + 1) << ModuleMap::kOffsetBits | found.offset;
  }
  // For addresses as above.  Reads debug information when it is asked.
  RecordedCode& Code();

 private:
  std::map<std::pair<std::string, bool>, std::size_t> numbers_;
  std::vector<ModuleMap::File> files_;
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<RecordedCode> code_;
};

}  // namespace lockdep

#endif  // LOCKDEP_FILES_OF_PROCESSES_H_
