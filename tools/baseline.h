// The baseline: findings that are known and do not count, in a file that is kept beside the code.
//
//   lockdep-baseline 1
//   # comment, which stays with the entry below it
//   3f17aff56bbead3c circular unknown  # a -> b, in abba.workload
//
// The first line names the version of the format.  Each other line is an entry: fingerprint, kind, and the verdict that
// the finding had when it was recorded; what is behind a `#` is for people.  Entries stand in the order of fingerprint
// and kind.
//
// A finding is known if an entry has its fingerprint and kind.  An entry does not hide a finding whose verdict says
// more now than the recorded one, in the order real, predicted, unknown, false: it counts again.
//
// Thread-compatible.
#ifndef TOOLS_BASELINE_H_
#define TOOLS_BASELINE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "lockdep/finding.h"
#include "lockdep/report.h"

namespace lockdep::tools {

// Whether verdict `a` says more than `b`: real > predicted > unknown > false.
bool SaysMore(Verdict a, Verdict b);

struct BaselineEntry {
  Verdict verdict = Verdict::kUnknown;
  std::string about;                  // for people; one line
  std::vector<std::string> comments;  // the lines above it, with their `#`
  int line = 0;                       // in the file; 0: added
  bool seen = false;
};

class Baseline {
 public:
  // All mistakes at once: "file:line:column: what is wrong", a line each.
  static absl::StatusOr<Baseline> Parse(std::string_view text, const std::string& file);

  // The file's text; ends with a newline.  The same entries give the same bytes.
  std::string Text() const;

  // The entry of that finding, from now on a seen one; null if it has none.
  const BaselineEntry* See(std::uint64_t fingerprint, FindingKind kind);

  // What came of recording a finding.
  enum class Change { kNone, kAdded, kRaised, kLowered };
  // Adds an entry, or raises the verdict of the one that is there if this one says more; with `exact` it becomes this
  // one in any case.
  Change Record(std::uint64_t fingerprint, FindingKind kind, Verdict verdict, const std::string& about, bool exact);
  // Removes the entries that were not seen; returns how many.
  std::size_t Prune();

  // A sentence for each entry that was not seen, in the order of the file.
  std::vector<std::string> Unseen() const;

  std::size_t size() const { return entries_.size(); }

 private:
  using Key = std::pair<std::uint64_t, FindingKind>;

  std::string file_;
  std::map<Key, BaselineEntry> entries_;
  std::vector<std::string> last_comments_;  // below the last entry
};

}  // namespace lockdep::tools

#endif  // TOOLS_BASELINE_H_
