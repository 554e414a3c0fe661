// What a file is that is run as a program, and whether the recorder can be loaded into it.
//
// Looked at as it is now, for a user with our rights: it explains why a program left no recording, and does not say
// that it had to.
//
// Thread-safe.  Cost: a few reads of each file.
#ifndef TOOLS_PROGRAM_FILE_H_
#define TOOLS_PROGRAM_FILE_H_

#include <string>
#include <string_view>

namespace lockdep::tools {

enum class ProgramKind {
  kRecordable,
  kGone,          // or not readable for us
  kStatic,        // no loader that would load the recorder
  kPrivileged,    // set-user-ID, set-group-ID or with capabilities: the loader takes nothing from the environment
  kArchitecture,  // not that of this command
  kLibrary,       // another C library, by its loader
  kNoProgram,     // neither a program nor a script
};

struct ProgramFile {
  ProgramKind kind = ProgramKind::kGone;
  std::string path;  // what really runs: behind links, and the interpreter of a script
};

// `shell_reads`: what is neither a program nor a script with an interpreter is given to /bin/sh.  `directory` is where
// a relative interpreter begins; it may be empty.
ProgramFile LookAtProgram(const std::string& path, bool shell_reads, const std::string& directory = {});

// Where execvp finds a name in `search`, a list as PATH has it; empty: nowhere.  A name with a slash, or without
// anything to search, is a path.  Relative ones begin at `directory`.
std::string FindProgram(const std::string& name, std::string_view search, const std::string& directory);

}  // namespace lockdep::tools

#endif  // TOOLS_PROGRAM_FILE_H_
