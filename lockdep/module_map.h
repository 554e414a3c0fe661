// Which file of a recorded process an address lies in.
//
// Files come and go while a process runs, so records are followed in their order: an address means what is mapped
// there when its record is read.
//
// Thread-compatible.  Cost: a binary search per address.
#ifndef LOCKDEP_MODULE_MAP_H_
#define LOCKDEP_MODULE_MAP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lockdep/recording.h"

namespace lockdep {

class ModuleMap {
 public:
  struct File {
    std::string path;
    std::string build_id;  // its bytes
    std::uint64_t bias = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool fixed = false;  // its own addresses are those of memory
  };
  // An address by the file's own numbers, which are the same wherever the file is mapped.
  struct Found {
    std::size_t file = 0;  // in files()
    std::uint64_t offset = 0;
  };
  static constexpr int kOffsetBits = 40;  // no file is larger

  static File FileOf(const recording::ModuleRecord& module);

  // The next record is of a file that comes or goes.
  void Follow(const recording::ModuleRecord& module);
  std::optional<Found> Find(std::uint64_t address) const;

  // All that came, in that order.
  const std::vector<File>& files() const { return files_; }

 private:
  struct Mapped {
    std::uint64_t end = 0;
    std::size_t file = 0;
  };

  std::vector<File> files_;
  std::map<std::uint64_t, Mapped> mapped_;
};

}  // namespace lockdep

#endif  // LOCKDEP_MODULE_MAP_H_
