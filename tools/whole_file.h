// Output that is written completely, or said not to be.
//
// Thread-safe: no state.
#ifndef TOOLS_WHOLE_FILE_H_
#define TOOLS_WHOLE_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace lockdep::tools {

// The file has its old content or the new one, never a part: what is written beside it takes its place at the end.  It
// keeps its permissions.  A symbolic link stays one.  A device or a pipe is written to as it is.  The error is
// "path: what is wrong".
absl::Status WriteWhole(const std::string& path, std::string_view text);

// Whether WriteWhole can be expected to write the file, as things are now: the same error if not.  Nothing is changed.
absl::Status CanBeWritten(const std::string& path);

// Whether all that was printed on standard output so far was written: now, or before, when the buffer was full.
bool IsStandardOutputWritten();

}  // namespace lockdep::tools

#endif  // TOOLS_WHOLE_FILE_H_
