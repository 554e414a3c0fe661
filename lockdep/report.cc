#include "lockdep/report.h"

#include <utility>

#include "lockdep/check.h"

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

ReportedScript ScriptOf(const Json& json) {
  ReportedScript script;
  script.file = json.value("file", "");
  for (const Json& problem : json.value("problems", Json::array())) {
    script.problems.push_back({problem.value("text", ""), false});
  }
  return script;
}

}  // namespace

std::string_view ToString(Standing standing) {
  switch (standing) {
    case Standing::kCounts: return "counts";
    case Standing::kExpected: return "expected";
    case Standing::kFalse: return "false";
    case Standing::kWarning: return "warning";
    case Standing::kUnpublished: return "unpublished";
    case Standing::kSuppressed: return "suppressed";
    case Standing::kKnown: return "baseline";
  }
  return "?";
}

Standing StandingOf(const Finding& finding) {
  if (finding.verdict == Verdict::kFalse) return Standing::kFalse;
  if (finding.verdict == Verdict::kUnknown && finding.unpublished) return Standing::kUnpublished;
  return Standing::kCounts;
}

std::string WhyUncounted(const ReportedFinding& reported) {
  switch (reported.standing) {
    case Standing::kCounts: return "";
    case Standing::kExpected: return "is expected by its script";
    case Standing::kFalse: return "cannot happen";
    case Standing::kWarning: return "is a warning";
    case Standing::kUnpublished:
      return "has a side that takes a new lock which no other thread could know of, as far as was seen";
    case Standing::kKnown: return "is in the baseline";
    case Standing::kSuppressed: break;
  }
  LOCKDEP_CHECK(reported.suppression.has_value());
  const Suppression& rule = *reported.suppression;
  return "is suppressed: " + rule.reason + " (" + rule.file + ':' + std::to_string(rule.line) + ')';
}

Report ReportOf(std::vector<Finding> findings) {
  Report report;
  for (Finding& finding : findings) {
    ReportedFinding reported;
    reported.standing = StandingOf(finding);
    reported.finding = std::move(finding);
    report.findings.push_back(std::move(reported));
  }
  return report;
}

Report ReportOf(const JsonDocument& document) {
  Report report = ReportOf(document.findings);
  for (const Json& script : document.scripts) report.scripts.push_back(ScriptOf(script));
  report.notes = document.notes;
  return report;
}

}  // namespace lockdep
