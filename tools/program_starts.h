// The programs that the processes of a run started, as the recorder wrote them down (lockdep/starts_format.h).
//
// Thread-compatible.  Cost: reads the file into memory.
#ifndef TOOLS_PROGRAM_STARTS_H_
#define TOOLS_PROGRAM_STARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lockdep/starts_format.h"

namespace lockdep::tools {

struct ProgramStart {
  recording::StartKind kind = recording::StartKind::kExec;
  std::uint16_t flags = 0;  // of StartRecord
  int error = 0;
  std::uint64_t time_ns = 0;
  std::uint32_t caller = 0;
  std::uint32_t pid = 0;
  std::string path;       // as it was given
  std::string directory;  // that a relative one begins at
  std::string search;     // PATH, if it was looked for

  bool Has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

struct ProgramStarts {
  std::vector<ProgramStart> starts;  // as they were written
  std::string damage;                // a sentence; empty: everything could be read
};

// A file that is not there has no starts; one that cannot be read is an error.  One that is damaged is read up to
// there.
absl::StatusOr<ProgramStarts> ReadProgramStarts(const std::string& path);
// `name` is for messages.
ProgramStarts ParseProgramStarts(const std::string& name, std::string_view bytes);

}  // namespace lockdep::tools

#endif  // TOOLS_PROGRAM_STARTS_H_
