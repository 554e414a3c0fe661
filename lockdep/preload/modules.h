// The files that are mapped as code: which there are, and which addresses lie in their data.
//
// The loader is asked what changed outside of the recorder's lock, because it has locks of its own; and only where that
// is needed (loader_looks.h).
#ifndef LOCKDEP_PRELOAD_MODULES_H_
#define LOCKDEP_PRELOAD_MODULES_H_

#include <cstddef>
#include <cstdint>

namespace lockdep::preload {

inline constexpr std::size_t kBuildIdMax = 32;
inline constexpr std::size_t kPathMax = 512;

struct Module {
  std::uintptr_t bias = 0;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::size_t build_id_bytes = 0;
  unsigned char build_id[kBuildIdMax] = {};
  char path[kPathMax] = {};
  std::uintptr_t loaders = 0;  // what tells it from another file at the same place; 0: not known yet
  bool here = false;           // seen in the last look
  bool recorded = false;       // in this process's recording
};

// Asks the loader.  Returns whether files were unmapped; those have `here` false until DropUnloaded.
// REQUIRES: the recorder's lock is not held.
bool LookAtModules();

// RecordingHeader::imports of all files that were seen.
std::uint32_t Imports();

// Calls `call(module)` for each.  REQUIRES: the recorder's lock is held.
template <class Call>
void ForEachModule(Call call);

// Forgets those that are gone.  REQUIRES: the recorder's lock is held.
void DropUnloaded();

// Whether a static object is at the address.  May be asked at any time; what is being mapped just now may be missed.
bool IsStatic(std::uintptr_t address);

// Addresses that are about to be recorded.  May be used at any time; waits for nobody.
class FileCheck {
 public:
  void Add(std::uintptr_t address);
  // Whether one of them lies in a file that LookAtModules has not seen, or where that cannot be found out.
  bool FoundUnknown() const { return unknown_; }

 private:
  bool unknown_ = false;
  std::uintptr_t begin_ = 0;  // of the file that the last one lies in
  std::uintptr_t end_ = 0;
};

// Whether one that was seen is not there any more.  May be asked at any time; waits for nobody.
bool SomeFileIsGone();

// For ForEachModule.
Module* ModuleAt(std::size_t index);
std::size_t ModuleCount();

template <class Call>
void ForEachModule(Call call) {
  for (std::size_t i = 0; i < ModuleCount(); ++i) call(*ModuleAt(i));
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_MODULES_H_
