// Suppressions: rules that say which findings do not count, and why.
//
//   # comment, at the start of a line
//   lock: Journal::mu
//   function: third_party::*
//   reason: reported to its authors, who will not change it
//
//   file: old/*.cc
//   reason: replaced in the next version
//   real: yes
//
// A rule is a block of lines; an empty line ends it.  It has one or more patterns, all of which must match, and one
// reason.  In a pattern `*` stands for any characters and `?` for one.
//
//   lock      one of the finding's own locks: its name ("a"), its name with a subclass ("a/1") or its instance ("o[1]")
//   function  the name of a function on any stack of either side
//   file      a file of any frame of either side: its whole name, or the end of it behind a `/`
//   real      yes: also findings that are `real`, which a rule does not hide otherwise
//
// Thread-compatible.
#ifndef TOOLS_SUPPRESSIONS_H_
#define TOOLS_SUPPRESSIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/finding.h"
#include "lockdep/report.h"

namespace lockdep::tools {

// Whether `pattern` with `*` and `?` is all of `text`.  Cost: their lengths multiplied.
bool MatchesPattern(std::string_view pattern, std::string_view text);

struct SuppressionRule {
  std::vector<std::string> locks, functions, files;  // patterns
  std::string reason;
  bool real = false;
  std::string source;  // the file of rules
  int line = 0;        // its first one
};

class Suppressions {
 public:
  // Adds the rules of a file.  All mistakes at once: "file:line:column: what is wrong", a line each.
  absl::Status Add(std::string_view text, const std::string& file);

  // The first rule that hides the finding.  Rules that match it are no longer unused.
  std::optional<Suppression> Match(const Finding& finding);

  // A sentence for each rule that matched nothing, or only real findings that it does not hide.
  std::vector<std::string> Unused() const;

  const std::vector<SuppressionRule>& rules() const { return rules_; }

 private:
  enum class Use { kNone, kOnlyReal, kUsed };

  std::vector<SuppressionRule> rules_;
  std::vector<Use> uses_;  // of each rule
};

}  // namespace lockdep::tools

#endif  // TOOLS_SUPPRESSIONS_H_
