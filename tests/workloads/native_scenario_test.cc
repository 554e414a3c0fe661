// Scenarios of memory hotplug on real threads: once, and as a stress.  Broken rules must be noticed.
#include "workloads/native_scenario.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/workloads/script.h"
#include "workloads/check.h"
#include "workloads/scenario_report.h"

namespace lockdep::workloads {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

NativeScenarioResult Once(const std::string& text, milliseconds timeout = milliseconds(20'000)) {
  NativeOptions options;
  options.timeout = timeout;
  return RunScenarioNatively(ProgramOf(text), options);
}

NativeScenarioResult Stress(const std::string& text, milliseconds time, int threads = 4) {
  NativeOptions options;
  options.timeout = milliseconds(20'000);
  options.stress = time;
  options.threads = threads;
  return RunScenarioNatively(ProgramOf(text), options);
}

Strings Happened(const NativeScenarioResult& result) {
  Strings texts;
  for (const Finding& finding : result.happened) {
    texts.push_back(finding.kind == FindingKind::kInvariant ? finding.detail : Summary(finding));
  }
  return texts;
}

bool Has(const std::vector<Finding>& findings, FindingKind kind, const std::string& lock) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.kind == kind && std::any_of(finding.locks.begin(), finding.locks.end(),
                                               [&](const FindingLock& each) { return each.name == lock; });
  });
}

// A store against an eject: the report of 2020.  `rules` are beside the policy.
std::string StoreAgainstEject(const std::string& rules) {
  return "policy v5.3 " + rules +
         "\nblock 1 offline\n"
         "thread user { sysfs write block 1 state online; sysfs write block 1 state offline }\n"
         "thread acpi { acpi eject block 1; acpi insert block 1 }\n";
}

TEST_CASE("a scenario's threads run for real, to their ends", "[native-scenario]") {
  const NativeScenarioResult result = Once(StoreAgainstEject(""));
  CHECK(result.not_run.empty());
  CHECK(Happened(result).empty());
  CHECK(result.problems.empty());
  CHECK_FALSE(result.stress);
}

TEST_CASE("a store that drains its own file hangs for real, and is told by its line", "[native-scenario]") {
  const NativeScenarioResult result =
      Once("policy v5.3\nblock 1 offline\nthread user { sysfs write block 1 remove-self }\n");
  REQUIRE(Happened(result) == Strings{"hang kn(state) (state of block 1), verdict real"});
  CHECK_THAT(result.happened[0].detail, ContainsSubstring("on real threads, user waits for state of block 1 (x:3)") &&
                                            ContainsSubstring("held by itself"));
  CHECK(result.happened[0].strength == Strength::kExecuted);
  CHECK(result.problems.empty());
}

TEST_CASE("a hang without a cycle is told when the time is over", "[native-scenario]") {
  const std::string script = "policy v6.8\nblock 1 offline\ncompletion done\nthread t { wait-for done }\n";
  CHECK(Happened(Once(script, milliseconds(300))) == Strings{"hang done, verdict real"});
}

TEST_CASE("who waits for five seconds is no hang after one", "[native-scenario]") {
  // The only thread waits for an event that nobody causes, but not for ever.
  const NativeScenarioResult result =
      Once("policy v4.1\nblock 1 absent\nthread balloon { balloon add block 1 waiting }\n", milliseconds(1000));
  CHECK(Happened(result).empty());
  REQUIRE(result.problems.size() == 1);
  CHECK_THAT(result.problems[0], ContainsSubstring("'balloon' has not ended 'balloon add block 1 waiting'"));
}

TEST_CASE("a return value that the script does not allow is a broken invariant", "[native-scenario]") {
  const std::string script =
      "policy v6.8\nblock 1 online\nthread t { sysfs write block 1 state online returns EBUSY }\n";
  CHECK(Happened(Once(script)) == Strings{"I8: 'sysfs write block 1 state online returns EBUSY' returns -22"});
  // What a script expects holds for its threads as they stand there.
  CHECK(Happened(Stress(script, milliseconds(50))).empty());
}

TEST_CASE("a stress counts what it does and finds nothing where all is right", "[native-scenario]") {
  const NativeScenarioResult result = Stress(
      "policy v6.8\nblock 1 offline\nmutex m\nthread user { lock m; sysfs read block 1 state; unlock m }\n"
      "thread scan { memory scan block 1; memory scan block 1 }\n",
      milliseconds(100), 3);
  CHECK(result.problems.empty());
  CHECK(Happened(result).empty());
  CHECK(result.findings.empty());
  REQUIRE(result.stress);
  // Each round is all of the script for each of the three, and a script's own locks are no operations.
  CHECK(result.stress->rounds > 0);
  CHECK(result.stress->operations == result.stress->rounds * 3 * 3);
  REQUIRE(result.stress->counts.size() == 3);
  CHECK(result.stress->counts[1].text == "sysfs read block 1 state");
  CHECK(result.stress->counts[1].done == result.stress->rounds * 3);
  CHECK(result.stress->counts[1].errors == 0);
  CHECK(result.stress->counts[2].done == result.stress->rounds * 6);
}

TEST_CASE("each round begins with the machine of the script", "[native-scenario]") {
  // Alone, each of these succeeds once a round.
  const NativeScenarioResult result = Stress(
      "policy v6.8\nblock 1 online\nblock 2 absent\ncache c\nthread t { sysfs write block 1 online 0; acpi eject block "
      "1;"
      " acpi insert block 2; slab create c; cpu down }\n",
      milliseconds(50), 1);
  CHECK(result.problems.empty());
  CHECK(Happened(result).empty());
  REQUIRE(result.stress);
  REQUIRE(result.stress->counts.size() == 5);
  for (const hotplug::OperationCount& count : result.stress->counts) {
    CAPTURE(count.text);
    CHECK(count.done == result.stress->rounds);
    CHECK(count.errors == 0);
  }
}

TEST_CASE("without the gate the stress hangs, and says who waits for whom", "[native-scenario]") {
  const NativeScenarioResult result = Stress(StoreAgainstEject("gate=off"), milliseconds(60'000));
  REQUIRE(std::any_of(result.happened.begin(), result.happened.end(),
                      [](const Finding& finding) { return finding.kind == FindingKind::kHang; }));
  const auto hang = std::find_if(result.happened.begin(), result.happened.end(),
                                 [](const Finding& finding) { return finding.kind == FindingKind::kHang; });
  CAPTURE(hang->detail);
  CHECK(hang->cycle_length >= 2);
  CHECK_THAT(hang->detail, ContainsSubstring("on real threads, worker#") &&
                               ContainsSubstring("waits for state of block 1") && ContainsSubstring("held by worker#"));
  // What the validator had seen until then is not lost.
  CHECK(Has(result.findings, FindingKind::kCircular, "kn(state)"));
}

TEST_CASE("with the gate the same orders are found, and nothing hangs or breaks", "[native-scenario]") {
  const NativeScenarioResult result = Stress(StoreAgainstEject(""), milliseconds(300));
  CHECK(result.problems.empty());
  CHECK(Happened(result).empty());
  CHECK(Has(result.findings, FindingKind::kCircular, "kn(state)"));
}

TEST_CASE("an unlock without a lock is noticed", "[native-scenario]") {
  // It is a race, which a busy machine may not meet at once.
  bool noticed = false;
  for (int attempt = 0; attempt < 10 && !noticed; ++attempt) {
    const NativeScenarioResult result = Stress(
        "policy v4.20\nblock 1 absent\nblock 2 absent\nthread driver { memory add block 1 }\n"
        "thread user { sysfs write probe block 2 }\n",
        milliseconds(2000));
    noticed = Has(result.findings, FindingKind::kUnbalancedUnlock, "device_hotplug_lock");
  }
  CHECK(noticed);
}

TEST_CASE("a lock that is left locked is noticed", "[native-scenario]") {
  const NativeScenarioResult result =
      Stress("policy v6.8\nblock 1 online\nthread t { memory get }\n", milliseconds(20), 2);
  CHECK(result.problems == Strings{"a lock is left locked: a worker holds one after all of 't'"});
  CHECK(Has(result.findings, FindingKind::kHeldAtExit, "mem_hotplug_lock"));
}

TEST_CASE("threads that wait for each other's events cannot be repeated", "[native-scenario]") {
  const NativeScenarioResult result =
      Stress("policy v6.8\nblock 1 offline\ncompletion done\nthread a { wait-for done }\nthread b { complete done }\n",
             milliseconds(20));
  CHECK_THAT(result.not_run, ContainsSubstring("thread 'a' waits for another one"));
}

TEST_CASE("only lines of the script make what a stress finds right", "[native-scenario]") {
  CheckOptions options;
  options.native = true;
  options.native_options.stress = milliseconds(300);
  // Two blocks, so that each order is there in whatever schedule.
  const std::string script =
      "policy v5.3\nblock 1 offline\nblock 2 offline\nfor-real-threads\n"
      "thread user { sysfs write block 1 state online }\nthread acpi { acpi eject block 2 }\n";
  const auto problems = [&](const std::string& more) {
    const ScriptResult result = CheckScript(script + more, "x", options);
    REQUIRE(result.errors.empty());
    REQUIRE(result.settings.size() == 1);
    CHECK_FALSE(result.settings[0].explored);
    return result.settings[0].problems;
  };
  const std::string lines =
      "expect finding \"kn(state)\" -> mem_hotplug_lock verdict false\nexpect finding \"kn(state)\" -> "
      "cpu_hotplug_lock\n";
  CHECK(problems(lines) == Strings{});
  const Strings unexpected = problems("");
  REQUIRE_FALSE(unexpected.empty());
  CHECK_THAT(unexpected[0], ContainsSubstring("unexpected finding") && ContainsSubstring("kn(state)"));
}

// --- The report ---------------------------------------------------------------------------------------

TEST_CASE("a report survives its way from one process to the other", "[native-scenario]") {
  ScenarioReport report;
  Finding finding;
  finding.kind = FindingKind::kHang;
  finding.locks = {{"a", "A", 2, "a[1]", LockType::kRwSem, false}};
  finding.edges.resize(1);
  finding.edges[0].held_at = {"x.cc", 7, "F", {1, 2}, {{"F", "x.cc", 7, true}}};
  finding.edges[0].also_held = {{0, Mode::kShared, Kind::kTimed, {}}};
  finding.participants.resize(2);
  finding.reasons = {{ReasonKind::kTimed, {0}, "why"}};
  finding.witness = {"one", "", "three"};
  SetFingerprint(finding);
  report.happened = {finding};
  report.broken = {{"I1: x", 3}};
  report.stress.counts = {{"do", 5, 1}};
  report.stress.seconds = 0.5;
  const std::string bytes = ToBytes(report);
  const std::optional<ScenarioReport> read = ReportFromBytes(bytes);
  REQUIRE(read);
  CHECK(ToBytes(*read) == bytes);
  REQUIRE(read->happened.size() == 1);
  CHECK(read->happened[0].fingerprint == finding.fingerprint);
  CHECK(read->happened[0].edges[0].held_at.stack[0].inlined);
  CHECK(read->happened[0].witness == finding.witness);
  CHECK(read->broken == report.broken);
  CHECK(read->stress.counts[0].errors == 1);
  // Cut off anywhere, it is none.
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(ReportFromBytes(std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(ReportFromBytes(bytes + "x"));
}

// --- The script of the corpus -----------------------------------------------------------------------------

TEST_CASE("a million operations of everything at once break nothing", "[full][.]") {
  std::ifstream file(LOCKDEP_SCRIPTS_DIR "/hotplug/stress.workload");
  std::ostringstream text;
  text << file.rdbuf();
  CheckOptions options;
  options.native = true;
  options.native_options.stress = std::chrono::seconds(60);
  const ScriptResult result = CheckScript(text.str(), "stress.workload", options);
  REQUIRE(result.errors.empty());
  REQUIRE(result.settings.size() == 1);
  CHECK(result.settings[0].problems == Strings{});
  REQUIRE(result.settings[0].stress);
  CHECK(result.settings[0].stress->operations >= 1'000'000);
}

}  // namespace
}  // namespace lockdep::workloads
