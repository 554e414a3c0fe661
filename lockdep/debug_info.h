// What the debug information of a process's files says about its addresses.
//
// With libdw (found at build time) every inlined call is a frame of its own, with file and line; without it nothing is
// known.  The files are read when an address in them is first asked for: tens of milliseconds for a program of some
// megabytes.
//
// Thread-compatible.
#ifndef LOCKDEP_DEBUG_INFO_H_
#define LOCKDEP_DEBUG_INFO_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

// A file that was mapped as code.
struct CodeModule {
  std::string path;
  std::uintptr_t bias = 0;  // what is added to an address of the file
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string build_id;  // its bytes; where the file has another one now, it says nothing
};

class DebugInfo {
 public:
  // Files that are mapped later are found, too.
  static std::unique_ptr<DebugInfo> OfThisProcess();
  static std::unique_ptr<DebugInfo> Of(const std::vector<CodeModule>& modules);
  ~DebugInfo();
  DebugInfo(const DebugInfo&) = delete;
  DebugInfo& operator=(const DebugInfo&) = delete;

  // The functions at one address, innermost first; empty if nothing is known.
  std::vector<StackFrame> FramesAt(std::uintptr_t pc);
  // The static object there, "ns::mu" or "table+40"; "m1.c:lock" if its file's own name for it is another file's, too.
  // Empty if none is known.
  std::string ObjectAt(std::uintptr_t address);

 private:
  class Impl;
  explicit DebugInfo(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace lockdep

#endif  // LOCKDEP_DEBUG_INFO_H_
