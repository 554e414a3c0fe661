#include "lockdep/report_json.h"

#include <fstream>
#include <set>
#include <string>

#include "lockdep/report_text.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/feed.h"
#include "tests/lockdep/json_schema.h"
#include "tests/lockdep/sample_findings.h"

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

Json Schema() {
  std::ifstream file(LOCKDEP_SCHEMA_FILE);
  REQUIRE(file);
  return Json::parse(file);
}

Json DocumentOf(const Finding& finding) {
  JsonDocument document;
  document.findings = {finding};
  Json json = ToJson(document);
  json["version"] = "1.2.3";  // golden files outlive versions
  return json;
}

TEST_CASE("every kind of finding is written as its golden JSON and fits the schema", "[lockdep][json]") {
  const Json schema = Schema();
  std::set<std::string> kinds;
  for (const SampleFinding& sample : SampleFindings()) {
    const Json json = DocumentOf(sample.finding);
    const std::string text = FormatJson(json);
    INFO(sample.name);
    CHECK(text == Golden(sample.name + ".json", text));
    CHECK(SchemaErrors(schema, json) == std::vector<std::string>{});
    CHECK(Json::parse(text) == json);
    kinds.insert(json["findings"][0]["kind"].get<std::string>());
  }
  const Json& all_kinds = schema["$defs"]["finding"]["properties"]["kind"]["enum"];
  CHECK(kinds.size() == all_kinds.size());
}

TEST_CASE("a document counts its findings by verdict and names its version", "[lockdep][json]") {
  JsonDocument document;
  for (const SampleFinding& sample : SampleFindings()) document.findings.push_back(sample.finding);
  document.scripts.push_back(
      {{"file", "x.workload"}, {"expectations", Json::array()}, {"explore", {{"states", 7}, {"exhausted", true}}}});
  document.notes = {"a search gave up"};
  const Json json = ToJson(document);
  CHECK(SchemaErrors(Schema(), json) == std::vector<std::string>{});
  CHECK(json["schema"] == 1);
  CHECK(json["version"] == LOCKDEP_PROJECT_VERSION);
  const Json& summary = json["summary"];
  CHECK(summary["findings"] == document.findings.size());
  CHECK(summary["false"] == 2);
  CHECK(summary["predicted"] == 1);
  CHECK(summary["real"].get<std::size_t>() + summary["unknown"].get<std::size_t>() == document.findings.size() - 3);
}

// Every way in which the validator makes a finding.
void RunThemAll(testing::Feed& feed) {
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b");
  feed("t3", "c d -d -c d c -c -d");
  feed("t1", "g e f -f -e -g");
  feed("t2", "?g f e -e -f -g");
  feed("t1", "sh si -i -h");
  feed("t2", "si sh -h -i");
  feed("t1", "X1 X2 -X2 -X1 X3");
  feed("t1", "-k");
  feed.validator.Destroy(feed.Thread("t1"), feed.Lock("X3"), 0);
  feed("t1", "-X3 l");
  feed.validator.Join(feed.Thread("t1"), feed.Role("t2"), 0);
  feed("t1", "-l");
  feed("t2", "l -l");

  ThreadState& handler = feed.Thread("t4");
  feed.validator.EnterContext(handler, Context::kHardirq);
  feed.Run(handler, "m n -n -m");
  feed.validator.LeaveContext(handler, 0);
  feed.Run(handler, "m n o -o -n -m");
  feed.validator.EnterContext(handler, Context::kSoftirq);
  feed.Run(handler, "p -p");
  feed.validator.LeaveContext(handler, 0);
  feed.validator.SetInterrupts(handler, false, false, 0);
  feed.Run(handler, "p o -o -p");
  feed.Run(handler, "m u -u -m u v -v -u");
  feed.validator.SetInterrupts(handler, true, true, 0);
  feed.Run(handler, "v -v");

  Request nested = feed.Ask("X1", Mode::kExclusive);
  nested.nest = feed.Lock("q");
  feed.Run(feed.Thread("t5"), "X2");
  feed.validator.Acquire(feed.Thread("t5"), nested);
  feed.validator.Acquire(feed.Thread("t5"), feed.Ask("X2", Mode::kExclusive));
  ThreadState* const brief = feed.validator.StartThread(feed.validator.AddRole({"brief", true, false}), "brief");
  feed.Run(*brief, "r");
  feed.validator.EndThread(brief, 0);
}

TEST_CASE("whatever the validator finds fits the schema and can be printed", "[lockdep][json]") {
  const Json schema = Schema();
  ValidatorOptions options = testing::Feed::ClosedWorld();
  options.track_usage = true;
  options.check_wait_context = true;
  options.closed_world = GENERATE(true, false);
  testing::Feed feed(options);
  RunThemAll(feed);
  std::set<std::string> kinds;
  std::set<std::string> fingerprints;
  for (const Finding& finding : feed.validator.Findings()) {
    const Json json = DocumentOf(finding);
    INFO(FormatText(finding));
    CHECK(SchemaErrors(schema, json) == std::vector<std::string>{});
    kinds.insert(std::string(ToString(finding.kind)));
    CHECK(fingerprints.insert(json["findings"][0]["fingerprint"].get<std::string>()).second);
  }
  CHECK(kinds == std::set<std::string>{"circular", "held-at-exit", "held-lock-freed", "inconsistent-state",
                                       "irq-inversion", "irq-unsafe-order", "nested-not-taken", "recursive",
                                       "self-deadlock", "unbalanced-unlock", "wait-context"});
}

TEST_CASE("an empty document fits the schema", "[lockdep][json]") {
  CHECK(SchemaErrors(Schema(), ToJson(JsonDocument{})) == std::vector<std::string>{});
}

TEST_CASE("a lock whose name is not UTF-8 is written as valid JSON", "[lockdep][json]") {
  const std::string text = FormatJson(DocumentOf(Cycle({"a\xff\"\n", "b"})));
  CHECK(Json::parse(text)["findings"][0]["locks"][0]["name"] == "a\xEF\xBF\xBD\"\n");
}

TEST_CASE("the schema knows the words of the code and no others", "[lockdep][json]") {
  const Json defs = Schema()["$defs"];
  const auto words = [](int last, auto to_string) {
    std::set<std::string> all;
    for (int i = 0; i <= last; ++i) all.insert(std::string(to_string(i)));
    return all;
  };
  const auto listed = [](const Json& schema) { return schema["enum"].get<std::set<std::string>>(); };
  const Json& finding = defs["finding"]["properties"];
  CHECK(listed(finding["kind"]) ==
        words(static_cast<int>(FindingKind::kInvariant), [](int i) { return ToString(static_cast<FindingKind>(i)); }));
  CHECK(listed(finding["verdict"]) ==
        words(static_cast<int>(Verdict::kUnknown), [](int i) { return ToString(static_cast<Verdict>(i)); }));
  CHECK(listed(finding["strength"]) ==
        words(static_cast<int>(Strength::kDeclared), [](int i) { return ToString(static_cast<Strength>(i)); }));
  CHECK(listed(defs["reason"]["properties"]["reason"]) ==
        words(static_cast<int>(ReasonKind::kCannotRunConcurrently),
              [](int i) { return ToString(static_cast<ReasonKind>(i)); }));
  CHECK(listed(defs["lock"]["properties"]["type"]) ==
        words(static_cast<int>(LockType::kCompletion), [](int i) { return ToString(static_cast<LockType>(i)); }));
  CHECK(listed(defs["mode"]) ==
        words(static_cast<int>(Mode::kRecursiveShared), [](int i) { return ToString(static_cast<Mode>(i)); }));
  CHECK(listed(defs["acquisition_kind"]) ==
        words(static_cast<int>(Kind::kTimed), [](int i) { return ToString(static_cast<Kind>(i)); }));
  CHECK(listed(defs["context"]) ==
        words(static_cast<int>(Context::kSignal), [](int i) { return ToString(static_cast<Context>(i)); }));
}

TEST_CASE("the schema uses only keywords that its test validator checks", "[lockdep][json]") {
  CHECK(UnsupportedKeywords(Schema()) == std::vector<std::string>{});
  CHECK(UnsupportedKeywords(Json::parse(R"({"properties": {"a": {"oneOf": []}}})")) ==
        std::vector<std::string>{"/properties/a/oneOf"});
  CHECK(UnsupportedKeywords(Json::parse(R"({"additionalProperties": {}})")).size() == 1);
  CHECK(UnsupportedKeywords(Json::parse(R"({"if": {}})")).size() == 1);
}

TEST_CASE("the schema rejects a document that breaks the contract", "[lockdep][json]") {
  const Json schema = Schema();
  const Json good = DocumentOf(Cycle({"a", "b"}));
  REQUIRE(SchemaErrors(schema, good).empty());
  const auto rejects = [&](const std::string& pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return !SchemaErrors(schema, bad).empty();
  };
  const auto rejects_without = [&](const std::string& object, const std::string& member) {
    Json bad = good;
    bad[Json::json_pointer(object)].erase(member);
    return !SchemaErrors(schema, bad).empty();
  };
  CHECK(rejects("/schema", 2));
  CHECK(rejects("/extra", 1));
  CHECK(rejects("/notes", Json::array({""})));
  CHECK(rejects("/summary/real", -1));
  CHECK(rejects("/findings/0/fingerprint", "12"));
  CHECK(rejects("/findings/0/kind", "deadlock"));
  CHECK(rejects("/findings/0/edges", Json::array()));
  CHECK(rejects("/findings/0/edges/0/held", "a"));
  CHECK(rejects("/findings/0/edges/0/held_mode", "write"));
  CHECK(rejects("/findings/0/edges/0/held_at", Json::object()));
  CHECK(rejects("/findings/0/locks/0/subclass", 8));
  CHECK(rejects("/findings/0/locks/0/address", "0x1"));
  CHECK(rejects("/findings/0/missing", Json::array()));
  CHECK(rejects("/findings/0/strength", "trace"));
  CHECK(rejects("/findings/0/verdict", "false"));
  CHECK(rejects("/findings/0/schedule", 1));
  CHECK(rejects("/findings/0/kind", "inconsistent-state"));
  CHECK(rejects("/findings/0/kind", "invariant"));
  CHECK(rejects("/scripts", Json::array({Json::object()})));
  CHECK(rejects_without("", "summary"));
  CHECK(rejects_without("/findings/0", "participants"));
  CHECK(rejects_without("/findings/0/edges/1", "also_held"));
}

TEST_CASE("the test validator checks each keyword", "[lockdep][json]") {
  const auto valid = [](const char* schema, const char* value) {
    return SchemaErrors(Json::parse(schema), Json::parse(value)).empty();
  };
  CHECK(valid(R"({"type": ["string", "null"]})", "null"));
  CHECK_FALSE(valid(R"({"type": ["string", "null"]})", "1"));
  CHECK_FALSE(valid(R"({"type": "integer"})", "1.5"));
  CHECK_FALSE(valid(R"({"type": "boolean"})", "0"));
  CHECK_FALSE(valid(R"({"const": "a"})", R"("b")"));
  CHECK_FALSE(valid(R"({"enum": [1, 2]})", "3"));
  CHECK_FALSE(valid(R"({"minLength": 1})", R"("")"));
  CHECK_FALSE(valid(R"({"pattern": "^a$"})", R"("ab")"));
  CHECK_FALSE(valid(R"({"minimum": 0})", "-1"));
  CHECK_FALSE(valid(R"({"maximum": 0})", "1"));
  CHECK_FALSE(valid(R"({"minItems": 1})", "[]"));
  CHECK_FALSE(valid(R"({"maxItems": 1})", "[1, 2]"));
  CHECK_FALSE(valid(R"({"items": {"type": "string"}})", R"(["a", 1])"));
  CHECK_FALSE(valid(R"({"required": ["a"]})", "{}"));
  CHECK_FALSE(valid(R"({"properties": {"a": {"const": 1}}})", R"({"a": 2})"));
  CHECK_FALSE(valid(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"b": 2})"));
  CHECK(valid(R"({"properties": {"a": {}}})", R"({"b": 2})"));
  CHECK_FALSE(valid(R"({"allOf": [{"const": 1}, {"const": 2}]})", "1"));
  CHECK(valid(R"({"anyOf": [{"const": 1}, {"const": 2}]})", "2"));
  CHECK_FALSE(valid(R"({"anyOf": [{"const": 1}, {"const": 2}]})", "3"));
  CHECK_FALSE(valid(R"({"if": {"minimum": 5}, "then": {"maximum": 7}})", "8"));
  CHECK(valid(R"({"if": {"minimum": 5}, "then": {"maximum": 7}})", "4"));
  CHECK_FALSE(valid(R"({"$ref": "#/$defs/x", "$defs": {"x": {"const": 1}}})", "2"));
}

}  // namespace
}  // namespace lockdep
