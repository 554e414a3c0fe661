// What one run of a command has to tell a build server: findings, which of them count, and why the others do not.
//
// The formats for build servers are made of it: report_sarif.h, report_junit.h, report_github.h.
//
// Thread-compatible: plain data.
#ifndef LOCKDEP_REPORT_H_
#define LOCKDEP_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/report_json.h"

namespace lockdep {

// A finding beside those that were known before.
enum class BaselineState : std::uint8_t {
  kNotCompared,  // there is no baseline
  kNew,
  kUnchanged,
  kStronger,  // known, but its verdict says more now: a predicted deadlock has happened
};

// Why somebody decided that a finding does not count.
struct Suppression {
  std::string reason;
  std::string file;  // where the rule stands
  int line = 0;
};

// Whether the command fails because of a finding, and else why not.
enum class Standing : std::uint8_t {
  kCounts,
  kExpected,     // a line of its script expects it
  kFalse,        // its verdict is `false`
  kWarning,      // of a kind that never counts here
  kUnpublished,  // it rests on a new lock that no other thread could know of, as far as was seen
  kSuppressed,   // it would count, but a rule says that it does not
  kKnown,        // it would count, but the baseline has it
};

// The words of the JSON output: "counts", "expected", "false", "warning", "unpublished", "suppressed", "baseline".
std::string_view ToString(Standing standing);

// Of a finding of which nothing else is known: kCounts, kFalse or kUnpublished.
Standing StandingOf(const Finding& finding);

struct ReportedFinding {
  Finding finding;
  std::string setting;  // of its script, "gate=on"; may be empty
  Standing standing = Standing::kCounts;
  BaselineState baseline = BaselineState::kNotCompared;
  std::optional<Verdict> recorded;         // its verdict in the baseline
  std::optional<Suppression> suppression;  // if it stands so

  bool counts() const { return standing == Standing::kCounts; }
};

// "is suppressed: third party (rules:3)", "is in the baseline", ...; empty if it counts.
std::string WhyUncounted(const ReportedFinding& reported);

// One reason why a script failed.
struct ReportedProblem {
  std::string text;
  bool of_finding = false;  // it tells of a finding that the report shows as an error
};

// A script that was checked, or could not be.
struct ReportedScript {
  std::string file;
  bool ran = true;
  std::vector<ReportedProblem> problems;  // none: it is good
};

struct Report {
  std::vector<ReportedFinding> findings;
  std::vector<ReportedScript> scripts;
  std::vector<std::string> errors;  // other things that could not be run, "path: what is wrong"
  std::vector<std::string> notes;
  bool suppressions_known = false;  // rules were given, so a finding without suppression has none
};

// Findings of which nothing else is known: all count that are not `false`.
Report ReportOf(std::vector<Finding> findings);
Report ReportOf(const JsonDocument& document);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_H_
