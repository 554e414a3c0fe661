#include "lockdep/report_text.h"

#include <sstream>

#include "lockdep/report_scenario.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/sample_findings.h"

namespace lockdep {
namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("every kind of finding is written as its golden text", "[lockdep][text]") {
  for (const SampleFinding& sample : SampleFindings()) {
    TextOptions options;
    options.next_command = "lockdep explore " + sample.finding.source;
    options.strip_prefix = "/src/bank/";
    const std::string text = FormatText(sample.finding, options);
    INFO(sample.name);
    CHECK(text == Golden(sample.name + ".txt", text));
  }
}

TEST_CASE("a report opens with a title between rulers as long as it is, and ends with what to do next",
          "[lockdep][text]") {
  for (const SampleFinding& sample : SampleFindings()) {
    TextOptions options;
    options.next_command = "lockdep next";
    const std::vector<std::string> lines = LinesOf(FormatText(sample.finding, options));
    INFO(sample.name);
    REQUIRE(lines.size() > 5);
    CHECK(lines[0] == std::string(lines[1].size(), '='));
    const std::string ruler(lines[1].size(), '-');
    CHECK((lines[3] == ruler || lines[4] == ruler));  // a long source has a line of its own
    CHECK(lines.back() == "Next: lockdep next");
    for (const std::string& line : lines) {
      CHECK(line.size() <= kReportColumns);
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE("a report has both sides of every link, how each lock was taken, and the verdict", "[lockdep][text]") {
  const std::string text = FormatText(SampleFindings().front().finding);
  CHECK_THAT(text, ContainsSubstring("WARNING: possible circular locking dependency detected"));
  CHECK_THAT(text, ContainsSubstring("(kn->count#70){shared, trylock}"));
  CHECK_THAT(text, ContainsSubstring("tryread(kn->count#70);"));
  CHECK_THAT(text, ContainsSubstring("kernfs_get_active_of (fs/kernfs/file.c:98) [inlined]"));
  CHECK_THAT(text, ContainsSubstring("mem_hotplug_begin (mm/memory_hotplug.c:67) [inlined]"));
  CHECK_THAT(text, ContainsSubstring("Verdict: FALSE (exhausted)"));
  CHECK_THAT(text, ContainsSubstring("because trylock-backoff(device_hotplug_lock): "));
}

TEST_CASE("a false verdict is not printed under the word deadlock alone", "[lockdep][text]") {
  for (const SampleFinding& sample : SampleFindings()) {
    const std::string text = FormatText(sample.finding);
    INFO(sample.name);
    if (sample.finding.verdict == Verdict::kFalse) CHECK(text.find("*** DEADLOCK ***") == std::string::npos);
  }
}

TEST_CASE("colours come only where asked for and change nothing else", "[lockdep][text]") {
  TextOptions options;
  options.color = true;
  for (const SampleFinding& sample : SampleFindings()) {
    const std::string plain = FormatText(sample.finding);
    CHECK(plain.find('\x1b') == std::string::npos);
    std::string coloured = FormatText(sample.finding, options);
    CHECK(coloured != plain);
    for (std::size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;) {
      coloured.erase(at, coloured.find('m', at) - at + 1);
    }
    CHECK(coloured == plain);
  }
}

TEST_CASE("a deep stack is cut and says by how much", "[lockdep][text]") {
  Finding finding = Cycle({"a", "b"});
  std::vector<StackFrame> stack;
  for (int i = 0; i < 9; ++i) stack.push_back({"f" + std::to_string(i), "f.cc", i + 1, false});
  finding.edges[0].held_at = At(stack);
  TextOptions options;
  options.stack_frames_max = 3;
  const std::string text = FormatText(finding, options);
  CHECK_THAT(text, ContainsSubstring("f2 (f.cc:3)\n           ... and 6 more\n"));
  CHECK(text.find("f3 ") == std::string::npos);
}

TEST_CASE("locks of one name are told apart by their instances", "[lockdep][text]") {
  Finding finding = Cycle({"o", "o"});
  finding.locks[0].instance = "o[1]";
  finding.locks[1].instance = "o[2]";
  CHECK(FormatLocks(finding) == "o[1] --> o[2] --> o[1]");
  finding.locks[1].name = "p";
  finding.locks[1].subclass = 2;
  CHECK(FormatLocks(finding) == "o --> p/2 --> o");
}

TEST_CASE("locks of one place that have no class are told apart by numbers", "[lockdep][text]") {
  Finding finding = Cycle({"o", "o", "p", "o"});
  finding.locks[0].id = 4;
  finding.locks[1].id = 9;
  finding.locks[3].id = 4;
  CHECK(FormatLocks(finding) == "o (1) --> o (2) --> p --> o (1) --> o (1)");
  for (FindingLock& lock : finding.locks) lock.id = 4;
  CHECK(FormatLocks(finding) == "o --> o --> p --> o --> o");
}

TEST_CASE("sentences of the verdict have the numbers of the locks that they name", "[lockdep][text]") {
  Finding finding = Cycle({"o", "o"});
  finding.locks[0].id = 4;
  finding.locks[1].id = 9;
  const Wording first = finding.locks[0].Named();
  const Wording second = finding.locks[1].Named();
  finding.reasons = {{ReasonKind::kExclusiveGate, {}, "who holds " + second + ", then " + first + ", waits"}};
  finding.missing = {"a writer of " + second, "a writer of " + Wording("o", 7) + ", which is no lock of this report"};
  finding.witness = {"t1: lock " + first + " waits"};
  const std::string text = FormatText(finding);
  CHECK_THAT(text, ContainsSubstring("exclusive-gate: who holds o (2), then o (1), waits\n"));
  CHECK_THAT(text, ContainsSubstring("missing: a writer of o (2)\n"));
  CHECK_THAT(text, ContainsSubstring("missing: a writer of o, which is"));
  CHECK_THAT(text, ContainsSubstring("1. t1: lock o (1) waits\n"));
  CHECK(finding.reasons[0].evidence == "who holds o, then o, waits");
}

TEST_CASE("a script's path is printed once, its file name where something was done", "[lockdep][text]") {
  Finding finding = Cycle({"a", "b"});
  finding.source = "dir/cycle.workload";
  for (FindingEdge& edge : finding.edges) edge.held_at.file = edge.wanted_at.file = finding.source;
  finding.witness = {"t1 (dir/cycle.workload:1) waits for t2 (dir/cycle.workload:2)"};
  const std::string text = FormatText(finding);
  const std::size_t first = text.find("dir/");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("dir/", first + 1) == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("at: cycle.workload:10"));
  CHECK_THAT(text, ContainsSubstring("t1 (cycle.workload:1) waits for t2 (cycle.workload:2)"));
}

TEST_CASE("the participants of a hang that make its links are told once", "[lockdep][text]") {
  Finding finding = Cycle({"a", "b"});
  finding.kind = FindingKind::kHang;
  Participant third;
  third.thread = "t3";
  third.action = "waits behind them";
  third.lock = 0;
  Participant first = third;
  first.thread = "t1";
  first.action = "waits for b";
  finding.participants = {first, third};
  const std::string text = FormatText(finding);
  CHECK(text.find("waits for b:") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("t3 waits behind them:"));
}

TEST_CASE("places that were not recorded are said to be so", "[lockdep][text]") {
  Finding finding = Cycle({"a", "b"});
  finding.edges[0].held_at = Place();
  CHECK_THAT(FormatText(finding), ContainsSubstring("at: a place that was not recorded"));
}

TEST_CASE("a finding with nothing but its kind is still a report", "[lockdep][text]") {
  for (int i = 0; i <= static_cast<int>(FindingKind::kInvariant); ++i) {
    Finding finding;
    finding.kind = static_cast<FindingKind>(i);
    CHECK_THAT(FormatText(finding), ContainsSubstring("Verdict: UNKNOWN"));
    finding.participants.resize(2);
    CHECK_THAT(FormatText(finding), ContainsSubstring("at: a place that was not recorded"));
  }
}

TEST_CASE("a scenario with more columns than fit is a list", "[lockdep][scenario]") {
  std::vector<std::string> columns;
  std::vector<ScenarioStep> steps;
  for (std::size_t i = 0; i < 12; ++i) {
    columns.push_back("t" + std::to_string(i));
    steps.push_back({i, "lock(a);", i == 0 ? "first" : ""});
  }
  CHECK(LinesOf(FormatScenario(columns, steps))[0] == "  t0:  lock(a);  <- first");
  columns.resize(2);
  steps.resize(2);
  CHECK(FormatScenario(columns, steps) ==
        "       t0                      t1\n"
        "       ----                    ----\n"
        "  lock(a);  <- first\n"
        "                          lock(a);\n");
}

}  // namespace
}  // namespace lockdep
