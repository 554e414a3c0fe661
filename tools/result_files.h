// What a baseline needs of the JSON that `lockdep ... --format json` wrote.
//
// Thread-safe: no state.
#ifndef TOOLS_RESULT_FILES_H_
#define TOOLS_RESULT_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lockdep/finding.h"

namespace lockdep::tools {

struct ResultFinding {
  std::uint64_t fingerprint = 0;
  FindingKind kind = FindingKind::kCircular;
  Verdict verdict = Verdict::kUnknown;
  std::string about;  // "a -> b, in abba.workload"
  bool counts = true;
};

// The findings of a document.  What does not count by it: what it lists as uncounted; where it has no such list, what
// is `false`.  All mistakes at once, a line each: "file:line:column: ..." where it is no JSON, "file: /findings/0/kind:
// ..." where it is another document.
absl::StatusOr<std::vector<ResultFinding>> ParseResults(std::string_view text, const std::string& file);

}  // namespace lockdep::tools

#endif  // TOOLS_RESULT_FILES_H_
