#include "tests/lockdep/sample_report.h"

#include <utility>

#include "tests/catch.h"
#include "tests/lockdep/sample_findings.h"

namespace lockdep {

Finding SampleNamed(const std::string& name) {
  for (SampleFinding& sample : SampleFindings()) {
    if (sample.name == name) return std::move(sample.finding);
  }
  FAIL("there is no sample finding " << name);
  return {};
}

Report SampleReport() {
  Report report;
  const auto add = [&report](const std::string& name) -> ReportedFinding& {
    ReportedFinding reported;
    reported.finding = SampleNamed(name);
    reported.baseline = BaselineState::kNew;
    report.findings.push_back(reported);
    return report.findings.back();
  };
  add("circular_predicted_readers");
  add("circular_false_gate").standing = Standing::kFalse;
  ReportedFinding& suppressed = add("held_at_exit");
  suppressed.standing = Standing::kSuppressed;
  suppressed.suppression = Suppression{"the process ends there", "ci/rules", 12};
  ReportedFinding& known = add("recursive");
  known.standing = Standing::kKnown;
  known.baseline = BaselineState::kUnchanged;
  known.recorded = Verdict::kUnknown;
  ReportedFinding& stronger = add("self_deadlock");
  stronger.baseline = BaselineState::kStronger;
  stronger.recorded = Verdict::kUnknown;
  ReportedFinding& expected = add("hang_lost_signal");
  expected.standing = Standing::kExpected;
  expected.setting = "gate=on";
  ReportedFinding& unpublished = add("circular_unknown");
  unpublished.finding.unpublished = true;
  unpublished.standing = StandingOf(unpublished.finding);
  report.scripts = {{"good.workload", true, {}},
                    {"failed.workload",
                     true,
                     {{"not met: failed.workload:4:1: 'expect order a -> b'", false},
                      {"unexpected finding: circular a -> b, verdict real", true}}},
                    {"bad.workload", false, {{"bad.workload:1:1: expected a declaration, found 'x'", false}}}};
  report.errors = {"missing.workload: No such file or directory"};
  report.notes = {"rules:3: this rule matches no finding"};
  report.suppressions_known = true;
  return report;
}

}  // namespace lockdep
