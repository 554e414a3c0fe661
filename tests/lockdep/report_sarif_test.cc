#include "lockdep/report_sarif.h"

#include <fstream>
#include <set>
#include <string>

#include "lockdep/kind_texts.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/json_schema.h"
#include "tests/lockdep/sample_findings.h"
#include "tests/lockdep/sample_report.h"

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

Json Schema() {
  std::ifstream file(LOCKDEP_SARIF_SCHEMA_FILE);
  REQUIRE(file);
  return Json::parse(file);
}

Json ResultOf(const ReportedFinding& reported) {
  Report report;
  report.findings = {reported};
  Json sarif = ToSarif(report);
  CHECK(SchemaErrors(Schema(), sarif) == std::vector<std::string>{});
  return sarif["runs"][0]["results"][0];
}

Json ResultOf(const Finding& finding) {
  ReportedFinding reported;
  reported.finding = finding;
  return ResultOf(reported);
}

// A cycle of a and b, both of whose places are in `file`.
Finding CycleIn(const std::string& file) {
  Finding finding = Cycle({"a", "b"});
  for (FindingEdge& edge : finding.edges) {
    edge.held_at.file = file;
    edge.wanted_at.file = file;
  }
  return finding;
}

std::string UriOf(const std::string& file) {
  return ResultOf(CycleIn(file))["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
}

std::string MessageOf(const std::string& detail) {
  Finding finding = Cycle({"a", "b"});
  finding.detail = detail;
  return ResultOf(finding)["message"]["text"];
}

TEST_CASE("a report with findings of every standing is the golden SARIF", "[lockdep][sarif]") {
  Json sarif = ToSarif(SampleReport());
  CHECK(SchemaErrors(Schema(), sarif) == std::vector<std::string>{});
  sarif["runs"][0]["tool"]["driver"]["version"] = "1.2.3";  // golden files outlive versions
  const std::string text = FormatJson(sarif);
  CHECK(text == Golden("report.sarif", text));
}

TEST_CASE("every kind of finding fits the SARIF schema and has its rule", "[lockdep][sarif]") {
  std::set<std::string> rules;
  for (const SampleFinding& sample : SampleFindings()) {
    INFO(sample.name);
    const Json sarif = ToSarif(ReportOf({sample.finding}));
    CHECK(SchemaErrors(Schema(), sarif) == std::vector<std::string>{});
    const Json& run = sarif["runs"][0];
    const Json& result = run["results"][0];
    CHECK(result["ruleId"] == std::string(ToString(sample.finding.kind)));
    CHECK(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"] == result["ruleId"]);
    CHECK(result["level"] == (sample.finding.verdict == Verdict::kFalse ? "note" : "error"));
    CHECK(result["partialFingerprints"]["lockdep/v1"] == FingerprintText(sample.finding.fingerprint));
    CHECK(result["properties"]["standing"] == (sample.finding.verdict == Verdict::kFalse ? "false" : "counts"));
    rules.insert(result["ruleId"].get<std::string>());
  }
  CHECK(rules.size() == kFindingKinds);
}

TEST_CASE("an empty report is a run without results", "[lockdep][sarif]") {
  const Json sarif = ToSarif(Report{});
  CHECK(SchemaErrors(Schema(), sarif) == std::vector<std::string>{});
  CHECK(sarif["runs"][0]["results"] == Json::array());
  CHECK(sarif["runs"][0]["tool"]["driver"]["rules"].size() == kFindingKinds);
  CHECK(sarif["runs"][0]["invocations"][0]["executionSuccessful"] == true);
}

TEST_CASE("each side of a cycle is a thread flow from the held to the wanted lock", "[lockdep][sarif]") {
  const Json result = ResultOf(Cycle({"a", "b"}));
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  REQUIRE(flows.size() == 2);
  CHECK(flows[0]["id"] == "t1");
  CHECK(flows[1]["id"] == "t2");
  const Json& steps = flows[0]["locations"];
  REQUIRE(steps.size() == 2);
  CHECK(steps[0]["location"]["message"]["text"] == "t1 took a (exclusive, blocking)");
  CHECK(steps[0]["location"]["physicalLocation"]["region"]["startLine"] == 10);
  CHECK(steps[1]["location"]["message"]["text"] == "t1 asks for b (exclusive, blocking)");
  CHECK(steps[1]["location"]["physicalLocation"]["region"]["startLine"] == 11);
  CHECK(result["locations"][0]["physicalLocation"]["region"]["startLine"] == 21);
}

TEST_CASE("a participant that repeats a link has no thread flow of its own", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b"});
  Participant waits;
  waits.thread = "t1";
  waits.action = "waits for b";
  waits.lock = 1;
  waits.at = finding.edges[0].wanted_at;
  Participant other = waits;
  other.thread = "t3";
  finding.participants = {waits, other};
  const Json result = ResultOf(finding);
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  REQUIRE(flows.size() == 3);
  CHECK(flows[2]["id"] == "t3");
}

TEST_CASE("one thread that makes two links has two thread flows of different names", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b", "c"});
  for (FindingEdge& edge : finding.edges) edge.thread = "main";
  const Json result = ResultOf(finding);
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  CHECK(flows[0]["id"] == "main");
  CHECK(flows[1]["id"] == "main #2");
  CHECK(flows[2]["id"] == "main #3");
}

TEST_CASE("a place without a file is left out", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b"});
  finding.edges[0].held_at = Place();
  const Json half = ResultOf(finding);
  CHECK(half["codeFlows"][0]["threadFlows"][0]["locations"].size() == 1);
  for (FindingEdge& edge : finding.edges) edge.held_at = edge.wanted_at = At("f", "", 0);
  const Json none = ResultOf(finding);
  CHECK_FALSE(none.contains("locations"));
  CHECK_FALSE(none.contains("codeFlows"));
  CHECK_FALSE(none.contains("stacks"));
}

TEST_CASE("a line that is not known is left out", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b"});
  for (FindingEdge& edge : finding.edges) edge.held_at = edge.wanted_at = At("f", "x.cc", 0);
  CHECK_FALSE(ResultOf(finding)["locations"][0]["physicalLocation"].contains("region"));
}

TEST_CASE("a frame keeps its function where the file is not known", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b"});
  finding.edges[0].held_at = At({{"f", "x.cc", 3, false}, {"main", "", 0, false}, {"", "", 0, false}});
  const Json result = ResultOf(finding);
  REQUIRE(result["stacks"].size() == 1);
  const Json& frames = result["stacks"][0]["frames"];
  REQUIRE(frames.size() == 2);
  CHECK(frames[1]["location"]["logicalLocations"][0]["fullyQualifiedName"] == "main");
  CHECK_FALSE(frames[1]["location"].contains("physicalLocation"));
}

TEST_CASE("a stack that two steps share is there once if they say the same", "[lockdep][sarif]") {
  Finding finding = Cycle({"a", "b"});
  finding.edges[0].also_held = {{0, Mode::kExclusive, Kind::kBlocking, At({{"f", "x.cc", 3, false}})},
                                {0, Mode::kExclusive, Kind::kBlocking, At({{"f", "x.cc", 3, false}})}};
  const Json result = ResultOf(finding);
  CHECK(result["stacks"].size() == 1);
  REQUIRE(result["relatedLocations"].size() == 2);
  CHECK(result["relatedLocations"][0]["id"] == 0);
  CHECK(result["relatedLocations"][1]["id"] == 1);
  CHECK(result["relatedLocations"][0]["message"]["text"] == "t1 also held a (exclusive, blocking)");
}

TEST_CASE("files are URIs, relative where they are relative", "[lockdep][sarif]") {
  CHECK(UriOf("src/x.cc") == "src/x.cc");
  CHECK(UriOf("./src/../x.cc") == "x.cc");
  CHECK(UriOf("/src/x.cc") == "file:///src/x.cc");
  CHECK(UriOf("a b%c:d?e#f.cc") == "a%20b%25c%3Ad%3Fe%23f.cc");
  CHECK(UriOf("\xC3\xA4\xFF.cc") == "%C3%A4%FF.cc");
  const auto base = [](const std::string& file) {
    const Json result = ResultOf(CycleIn(file));
    return result["locations"][0]["physicalLocation"]["artifactLocation"].contains("uriBaseId");
  };
  CHECK(base("x.cc"));
  CHECK_FALSE(base("/x.cc"));
  CHECK_FALSE(base("../x.cc"));
}

TEST_CASE("braces and links in a message are no placeholders and no links", "[lockdep][sarif]") {
  CHECK_THAT(MessageOf("{0} of {unnamed}"), ContainsSubstring("{{0}} of {{unnamed}}."));
  CHECK_THAT(MessageOf("o[1] waits"), ContainsSubstring("o[1] waits."));
  CHECK_THAT(MessageOf("[here](1)"), ContainsSubstring("\\[here\\](1)."));
}

TEST_CASE("a lock whose name is not UTF-8 is written as valid SARIF", "[lockdep][sarif]") {
  const std::string text = FormatSarif(ReportOf({Cycle({"a\xff\"\n", "b"})}));
  const Json result = Json::parse(text)["runs"][0]["results"][0];
  CHECK_THAT(result["message"]["text"].get<std::string>(), ContainsSubstring("a\xEF\xBF\xBD\"\n -> b"));
}

TEST_CASE("the message has the summary and what the verdict rests on", "[lockdep][sarif]") {
  const std::string unknown = ResultOf(Cycle({"a", "b"}))["message"]["text"];
  CHECK(unknown == "circular a -> b, verdict unknown. What would decide: a search of the schedules of these threads.");
  const Json gated = ResultOf(SampleNamed("circular_false_gate"));
  CHECK_THAT(gated["message"]["text"].get<std::string>(),
             ContainsSubstring("exclusive-gate: user and remove both hold device_hotplug_lock"));
  CHECK(gated["properties"]["reasons"] == Json::array({"trylock-backoff", "exclusive-gate"}));
}

TEST_CASE("what is known beforehand about a finding is said in its result", "[lockdep][sarif]") {
  ReportedFinding reported;
  reported.finding = Cycle({"a", "b"});
  const Json plain = ResultOf(reported);
  CHECK_FALSE(plain.contains("baselineState"));
  CHECK_FALSE(plain.contains("suppressions"));
  reported.baseline = BaselineState::kNew;
  CHECK(ResultOf(reported)["baselineState"] == "new");
  reported.baseline = BaselineState::kUnchanged;
  CHECK(ResultOf(reported)["baselineState"] == "unchanged");
  reported.baseline = BaselineState::kStronger;
  reported.recorded = Verdict::kFalse;
  CHECK(ResultOf(reported)["baselineState"] == "updated");
  CHECK(ResultOf(reported)["properties"]["recordedVerdict"] == "false");
  reported.standing = Standing::kExpected;
  CHECK(ResultOf(reported)["suppressions"][0]["kind"] == "inSource");
  reported.standing = Standing::kSuppressed;
  reported.suppression = Suppression{"not ours", "rules", 4};
  const Json external = ResultOf(reported)["suppressions"][0];
  CHECK(external["kind"] == "external");
  CHECK(external["justification"] == "not ours");
  CHECK(external["location"]["physicalLocation"]["region"]["startLine"] == 4);
}

TEST_CASE("if one result has suppressions, all have", "[lockdep][sarif]") {
  Report report = ReportOf({Cycle({"a", "b"}), Cycle({"c", "d"})});
  report.findings[1].standing = Standing::kSuppressed;
  report.findings[1].suppression = Suppression{"not ours", "rules", 4};
  const Json results = ToSarif(report)["runs"][0]["results"];
  CHECK(results[0]["suppressions"] == Json::array());
  CHECK(results[1]["suppressions"].size() == 1);
}

TEST_CASE("a JSON document is a report, too", "[lockdep][sarif]") {
  JsonDocument document;
  document.findings = {Cycle({"a", "b"})};
  document.scripts = {Json{{"file", "x.workload"}, {"problems", {{{"setting", ""}, {"text", "not met"}}}}}};
  document.notes = {"a search gave up"};
  const Json sarif = ToSarif(ReportOf(document));
  CHECK(SchemaErrors(Schema(), sarif) == std::vector<std::string>{});
  const Json& said = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
  CHECK(said[0]["message"]["text"] == "x.workload: not met");
  CHECK(said[0]["level"] == "warning");
  CHECK(said[1]["message"]["text"] == "a search gave up");
}

TEST_CASE("the same report gives the same SARIF", "[lockdep][sarif]") {
  CHECK(FormatSarif(SampleReport()) == FormatSarif(SampleReport()));
}

TEST_CASE("the SARIF schema rejects what the standard does not allow", "[lockdep][sarif]") {
  const Json schema = Schema();
  CHECK(UnsupportedKeywords(schema) == std::vector<std::string>{});
  const Json good = ToSarif(SampleReport());
  const auto rejects = [&](const std::string& pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return !SchemaErrors(schema, bad).empty();
  };
  CHECK(rejects("/version", "2.0.0"));
  CHECK(rejects("/runs/0/tool/driver/rules", Json::array()));
  CHECK(rejects("/runs/0/invocations/0/executionSuccessful", "yes"));
  CHECK(rejects("/runs/0/results/0/level", "fatal"));
  CHECK(rejects("/runs/0/results/0/message", "text"));
  CHECK(rejects("/runs/0/results/0/baselineState", "old"));
  CHECK(rejects("/runs/0/results/0/codeFlows/0/threadFlows", Json::array()));
  CHECK(rejects("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0));
  CHECK(rejects("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "a b"));
  CHECK(rejects("/runs/0/results/2/suppressions/0/kind", "inside"));
  CHECK(rejects("/runs/0/results/0/partialFingerprints/lockdep~1v1", 7));
}

}  // namespace
}  // namespace lockdep
