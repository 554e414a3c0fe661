// Code addresses of a recorded process.
//
// Files may be unmapped, and others mapped where they were.  So each file that was ever mapped gets a range of
// addresses of its own, and an address is moved there when its record is read.
//
// Thread-compatible.  Cost: see debug_info.h; results are kept.
#ifndef LOCKDEP_RECORDED_CODE_H_
#define LOCKDEP_RECORDED_CODE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lockdep/debug_info.h"
#include "lockdep/module_map.h"
#include "lockdep/recording.h"

namespace lockdep {

class RecordedCode {
 public:
  // All files that the recording names.
  explicit RecordedCode(const Recording& recording);

  // Records are followed from the first one on.  What was found out about code stays.
  void StartAgain();
  // The next record is of a file that comes or goes.
  void Follow(const recording::ModuleRecord& module);
  // The address of ours for one of the process, as files are mapped now; 0 if it is in none.
  std::uintptr_t Moved(std::uint64_t address) const;

  // Of addresses of ours.
  std::vector<StackFrame> FramesAt(std::uintptr_t pc);
  std::string ObjectAt(std::uintptr_t address);

  // The place of a call with these return addresses, innermost first, as pcs of ours.
  std::vector<std::uintptr_t> Stack(std::span<const std::uint64_t> return_addresses) const;
  // The same of a site; what is around it counts only as long as functions merely pass the call on.
  std::vector<std::uintptr_t> Stack(const recording::Where& where);

 private:
  static std::uintptr_t BaseOf(std::size_t file);
  // The file in whose range an address of ours lies; null: in none.
  const ModuleMap::File* FileAt(std::uintptr_t pc) const;
  // Whom to ask about an address of ours, and by which address.
  std::pair<DebugInfo*, std::uintptr_t> InfoAt(std::uintptr_t pc) const;
  bool IsRecorder(std::uintptr_t pc) const;

  std::vector<ModuleMap::File> files_;  // all that the recording names
  ModuleMap mapped_;
  std::unique_ptr<DebugInfo> debug_info_;
  // Files that are not position-independent can only be asked by their own addresses.
  std::unordered_map<std::size_t, std::unique_ptr<DebugInfo>> of_fixed_;
  std::unordered_map<std::uintptr_t, std::vector<StackFrame>> frames_;
};

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_CODE_H_
