#include "tools/result_files.h"

#include <string>

#include "lockdep/report_json.h"
#include "tests/catch.h"
#include "tests/lockdep/sample_findings.h"

namespace lockdep::tools {
namespace {

using Json = nlohmann::ordered_json;

Json DocumentOf(std::vector<Finding> findings) {
  JsonDocument document;
  document.findings = std::move(findings);
  return ToJson(document);
}

std::vector<ResultFinding> Parsed(const Json& json) {
  const absl::StatusOr<std::vector<ResultFinding>> results = ParseResults(FormatJson(json), "r.json");
  INFO(results.status().ToString());
  REQUIRE(results.ok());
  return *results;
}

std::string ErrorOf(const std::string& text) { return std::string(ParseResults(text, "r.json").status().message()); }

TEST_CASE("what a document says of every kind of finding is read back", "[tools][results]") {
  for (const SampleFinding& sample : SampleFindings()) {
    INFO(sample.name);
    const std::vector<ResultFinding> results = Parsed(DocumentOf({sample.finding}));
    REQUIRE(results.size() == 1);
    CHECK(results[0].fingerprint == sample.finding.fingerprint);
    CHECK(results[0].kind == sample.finding.kind);
    CHECK(results[0].verdict == sample.finding.verdict);
    CHECK(results[0].counts == (sample.finding.verdict != Verdict::kFalse));
    CHECK_FALSE(results[0].about.empty());
  }
}

TEST_CASE("a finding is described in one line", "[tools][results]") {
  Finding finding = Cycle({"a", "b\n"});
  finding.locks[0].subclass = 1;
  finding.locks[1].instance = "o[1]";
  CHECK(Parsed(DocumentOf({finding}))[0].about == "a/1 -> b  (o[1]), in cycle.workload");
  Finding race;
  race.kind = FindingKind::kDataRace;
  race.detail = "x is written";
  race.missing = {"m"};
  CHECK(Parsed(DocumentOf({race}))[0].about == "x is written");
}

TEST_CASE("what a document lists as uncounted does not count, and all else does", "[tools][results]") {
  Finding false_one = Cycle({"a", "b"});
  false_one.verdict = Verdict::kFalse;
  Json json = DocumentOf({false_one, Cycle({"c", "d"})});
  json["uncounted"] = Json::array({{{"finding", 1}, {"why", "expected"}, {"reason", ""}}});
  const std::vector<ResultFinding> results = Parsed(json);
  CHECK(results[0].counts);
  CHECK_FALSE(results[1].counts);
}

TEST_CASE("a file that is no JSON is told with the place", "[tools][results]") {
  CHECK_THAT(ErrorOf(""), ContainsSubstring("r.json:1:1: no JSON: "));
  CHECK_THAT(ErrorOf("{\n  \"findings\": [,\n"), ContainsSubstring("r.json:2:16: no JSON: "));
  CHECK_THAT(ErrorOf("{}\n}"), ContainsSubstring("r.json:2:1: no JSON: "));
  CHECK_THAT(ErrorOf("\"\xff\""), ContainsSubstring("r.json:1:2: no JSON: "));
  CHECK_THAT(ErrorOf("[1e999]"), ContainsSubstring("r.json"));
  CHECK_FALSE(ErrorOf(std::string(100000, '[')).empty());
  CHECK(ErrorOf("{").find('\n') == std::string::npos);
}

TEST_CASE("a document of something else is told", "[tools][results]") {
  const std::string other = "r.json: no result of lockdep: `lockdep check --format json` writes one";
  CHECK(ErrorOf("[]") == other);
  CHECK(ErrorOf("7") == other);
  CHECK(ErrorOf("{\"version\": \"2.1.0\", \"runs\": []}") == other);
  CHECK(ErrorOf("{\"tool\": \"lockdep\", \"findings\": {}}") == other);
  Json json = DocumentOf({});
  json["schema"] = 2;
  CHECK(ErrorOf(json.dump()) == "r.json: /schema: expected 1, the one that this lockdep reads");
}

TEST_CASE("every wrong member is told", "[tools][results]") {
  Json json = DocumentOf({Cycle({"a", "b"}), Cycle({"c", "d"}), Cycle({"e", "f"})});
  json["findings"][0]["fingerprint"] = "12";
  json["findings"][0]["kind"] = "round";
  json["findings"][1]["verdict"] = 3;
  json["findings"][2] = Json::array();
  json["uncounted"] = Json::array({{{"finding", 3}}});
  CHECK(ErrorOf(json.dump()) ==
        "r.json: /findings/0/fingerprint: expected 16 hex digits\n"
        "r.json: /findings/0/kind: expected a kind of finding\n"
        "r.json: /findings/1/verdict: expected real, predicted, unknown or false\n"
        "r.json: /findings/2/fingerprint: expected 16 hex digits\n"
        "r.json: /findings/2/kind: expected a kind of finding\n"
        "r.json: /findings/2/verdict: expected real, predicted, unknown or false\n"
        "r.json: /uncounted/0/finding: expected the index of a finding");
  json = DocumentOf({});
  json["uncounted"] = 1;
  CHECK(ErrorOf(json.dump()) == "r.json: /uncounted: expected a list");
}

}  // namespace
}  // namespace lockdep::tools
