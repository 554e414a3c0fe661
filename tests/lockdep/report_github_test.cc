#include "lockdep/report_github.h"

#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/sample_findings.h"
#include "tests/lockdep/sample_report.h"

namespace lockdep {
namespace {

TEST_CASE("a report with findings of every standing is the golden list of commands", "[lockdep][github]") {
  const std::string text = FormatGithub(SampleReport());
  CHECK(text == Golden("report.github.txt", text));
}

TEST_CASE("an empty report has no commands", "[lockdep][github]") { CHECK(FormatGithub(Report{}).empty()); }

TEST_CASE("a finding that counts is an error at the place of the link seen last", "[lockdep][github]") {
  CHECK(FormatGithub(ReportOf({Cycle({"a", "b"})})) ==
        "::error file=cycle.workload,line=21,title=circular a -> b%2C verdict unknown::"
        "circular a -> b, verdict unknown. What would decide: a search of the schedules of these threads."
        "%0At1 took a (exclusive, blocking) at cycle.workload:10"
        "%0At1 asks for b (exclusive, blocking) at cycle.workload:11"
        "%0At2 took b (exclusive, blocking) at cycle.workload:20"
        "%0At2 asks for a (exclusive, blocking) at cycle.workload:21\n");
}

TEST_CASE("a false finding is a notice, whether it counts or not", "[lockdep][github]") {
  Report report = ReportOf({SampleNamed("circular_false_same_thread")});
  CHECK(FormatGithub(report).rfind("::notice file=", 0) == 0);
  report.findings[0].standing = Standing::kCounts;
  CHECK(FormatGithub(report).rfind("::notice file=", 0) == 0);
}

TEST_CASE("an expected finding is not told", "[lockdep][github]") {
  Report report = ReportOf({Cycle({"a", "b"})});
  report.findings[0].standing = Standing::kExpected;
  CHECK(FormatGithub(report).empty());
}

TEST_CASE("a file is named as in the list of changed files", "[lockdep][github]") {
  Finding finding = Cycle({"a", "b"});
  for (FindingEdge& edge : finding.edges) edge.held_at = edge.wanted_at = At("", "./src/../x.cc", 7);
  CHECK(FormatGithub(ReportOf({finding})).rfind("::error file=x.cc,line=7,", 0) == 0);
}

TEST_CASE("a finding without a place has no file", "[lockdep][github]") {
  Finding finding = Cycle({"a", "b"});
  for (FindingEdge& edge : finding.edges) edge.held_at = edge.wanted_at = Place();
  CHECK(FormatGithub(ReportOf({finding})).rfind("::error title=circular", 0) == 0);
}

TEST_CASE("what would end a command or a property is escaped", "[lockdep][github]") {
  Finding finding = Cycle({"a:b,c%\r\n", "d::e"});
  for (FindingEdge& edge : finding.edges) edge.held_at = edge.wanted_at = At("", "x,y:z.cc", 7);
  const std::string text = FormatGithub(ReportOf({finding}));
  CHECK(text.rfind("::error file=x%2Cy%3Az.cc,line=7,title=circular a%3Ab%2Cc%25%0D%0A -> d%3A%3Ae%2C verdict", 0) ==
        0);
  CHECK_THAT(text, ContainsSubstring("::circular a:b,c%25%0D%0A -> d::e, verdict unknown."));
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("the same report gives the same commands", "[lockdep][github]") {
  CHECK(FormatGithub(SampleReport()) == FormatGithub(SampleReport()));
}

}  // namespace
}  // namespace lockdep
