#include "lockdep/report_sarif.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "lockdep/kind_texts.h"
#include "lockdep/report_json.h"
#include "lockdep/report_sides.h"

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr const char* kSourceRoot = "%SRCROOT%";

// SARIF, 3.11.5: in a message braces are doubled, for single ones are placeholders.  3.11.6: "[a](b)" is a link, and
// a bracket with a backslash is none.
std::string MessageText(std::string_view text) {
  const bool link = text.find("](") != std::string_view::npos;
  std::string escaped;
  for (const char c : text) {
    if (c == '{' || c == '}') escaped += c;
    if (link && (c == '[' || c == ']' || c == '\\')) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Json Message(std::string_view text) { return {{"text", MessageText(text)}}; }

// --- Places ----------------------------------------------------------------------------------------

// A path as part of a URI, RFC 3986; a colon would make its front a scheme.
std::string UriPath(std::string_view path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  static constexpr std::string_view kAsItIs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+";
  std::string uri;
  for (const char c : path) {
    if (kAsItIs.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return uri;
}

Json ArtifactLocation(const std::string& file) {
  const std::string path = std::filesystem::path(file).lexically_normal().generic_string();
  if (path.starts_with('/')) return {{"uri", "file://" + UriPath(path)}};
  Json location = {{"uri", UriPath(path)}};
  // What is above the root is not below it.
  if (!path.starts_with("..")) location["uriBaseId"] = kSourceRoot;
  return location;
}

Json PhysicalLocation(const std::string& file, int line) {
  Json location = {{"artifactLocation", ArtifactLocation(file)}};
  if (line > 0) location["region"] = {{"startLine", line}};
  return location;
}

// {} if neither is known.
Json Location(const std::string& file, int line, const std::string& function) {
  Json location = Json::object();
  if (!file.empty()) location["physicalLocation"] = PhysicalLocation(file, line);
  if (!function.empty()) {
    location["logicalLocations"] = Json::array({{{"fullyQualifiedName", function}, {"kind", "function"}}});
  }
  return location;
}

Json Location(const Place& place) { return Location(place.file, place.line, place.function); }

// --- Rules -----------------------------------------------------------------------------------------

Json Rules() {
  Json rules = Json::array();
  for (int i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<FindingKind>(i);
    const KindText text = TextOf(kind);
    rules.push_back({{"id", std::string(ToString(kind))},
                     {"shortDescription", Message(text.brief)},
                     {"fullDescription", Message(text.full)},
                     {"help", Message(text.help)},
                     {"defaultConfiguration", {{"level", "error"}}}});
  }
  return rules;
}

// --- Results ---------------------------------------------------------------------------------------

// A thread flow for each side; sides none of whose places have a file are left out.
Json ThreadFlows(const std::vector<Side>& sides) {
  Json flows = Json::array();
  std::set<std::string> ids;
  for (const Side& side : sides) {
    Json locations = Json::array();
    for (const SideStep& step : side.steps) {
      if (step.at->file.empty()) continue;
      Json location = Location(*step.at);
      location["message"] = Message(step.text);
      locations.push_back({{"location", std::move(location)}});
    }
    if (locations.empty()) continue;
    // One thread may make several links.
    std::string id = side.who;
    for (int number = 2; !ids.insert(id).second; ++number) id = side.who + " #" + std::to_string(number);
    flows.push_back({{"id", id}, {"locations", std::move(locations)}});
  }
  return flows;
}

// Each different one; a frame of which nothing is known is left out.
void AddStack(const SideStep& step, Json& stacks) {
  Json frames = Json::array();
  for (const StackFrame& frame : step.at->stack) {
    Json location = Location(frame.file, frame.line, frame.function);
    if (!location.empty()) frames.push_back({{"location", std::move(location)}});
  }
  if (frames.empty()) return;
  Json stack = {{"message", Message(step.text)}, {"frames", std::move(frames)}};
  if (std::find(stacks.begin(), stacks.end(), stack) == stacks.end()) stacks.push_back(std::move(stack));
}

Json Stacks(const std::vector<Side>& sides, const std::vector<SideStep>& beside) {
  Json stacks = Json::array();
  for (const Side& side : sides) {
    for (const SideStep& step : side.steps) AddStack(step, stacks);
  }
  for (const SideStep& step : beside) AddStack(step, stacks);
  return stacks;
}

Json RelatedLocations(const std::vector<SideStep>& beside) {
  Json related = Json::array();
  for (const SideStep& step : beside) {
    if (step.at->file.empty()) continue;
    Json location = {{"id", related.size()}};
    location.update(Location(*step.at));
    location["message"] = Message(step.text);
    related.push_back(std::move(location));
  }
  return related;
}

void AddIfAny(Json& object, const char* member, Json list) {
  if (!list.empty()) object[member] = std::move(list);
}

Json Suppressions(const ReportedFinding& reported) {
  Json suppressions = Json::array();
  if (reported.standing == Standing::kExpected) {
    suppressions.push_back({{"kind", "inSource"}, {"justification", "A line of the script expects it."}});
  }
  if (reported.suppression) {
    const Suppression& rule = *reported.suppression;
    Json suppression = {{"kind", "external"}, {"justification", rule.reason}};
    if (!rule.file.empty()) suppression["location"]["physicalLocation"] = PhysicalLocation(rule.file, rule.line);
    suppressions.push_back(std::move(suppression));
  }
  return suppressions;
}

// SARIF, 3.27.24: known by another verdict is `updated`.
const char* BaselineWord(BaselineState state) {
  switch (state) {
    case BaselineState::kNotCompared: return nullptr;
    case BaselineState::kNew: return "new";
    case BaselineState::kUnchanged: return "unchanged";
    case BaselineState::kStronger: return "updated";
  }
  return nullptr;
}

Json Properties(const ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  Json reasons = Json::array();
  for (const Reason& reason : finding.reasons) reasons.push_back(std::string(ToString(reason.kind)));
  Json properties = {{"verdict", std::string(ToString(finding.verdict))},
                     {"strength", std::string(ToString(finding.strength))},
                     {"reasons", std::move(reasons)},
                     {"standing", std::string(ToString(reported.standing))},
                     {"source", finding.source}};
  if (!reported.setting.empty()) properties["setting"] = reported.setting;
  if (!finding.schedule.empty()) properties["schedule"] = finding.schedule;
  if (reported.recorded) properties["recordedVerdict"] = std::string(ToString(*reported.recorded));
  return properties;
}

Json Result(const ReportedFinding& reported, bool suppressions_known) {
  const Finding& finding = reported.finding;
  const std::vector<Side> sides = Sides(finding);
  const std::vector<SideStep> beside = HeldBeside(finding);
  Json result = {
      {"ruleId", std::string(ToString(finding.kind))},
      {"ruleIndex", static_cast<int>(finding.kind)},
      {"level", reported.standing == Standing::kUnpublished || finding.verdict == Verdict::kFalse ? "note" : "error"},
      {"message", Message(FindingMessage(finding))}};
  if (const Place* place = MainPlace(finding)) result["locations"] = Json::array({Location(*place)});
  result["partialFingerprints"] = {{"lockdep/v1", FingerprintText(finding.fingerprint)}};
  if (Json flows = ThreadFlows(sides); !flows.empty()) {
    result["codeFlows"] = Json::array({{{"threadFlows", std::move(flows)}}});
  }
  AddIfAny(result, "stacks", Stacks(sides, beside));
  AddIfAny(result, "relatedLocations", RelatedLocations(beside));
  if (const char* word = BaselineWord(reported.baseline)) result["baselineState"] = word;
  // An empty list says that nobody suppressed it.
  Json suppressions = Suppressions(reported);
  if (suppressions_known || !suppressions.empty()) result["suppressions"] = std::move(suppressions);
  result["properties"] = Properties(reported);
  return result;
}

// --- The run ---------------------------------------------------------------------------------------

Json Notification(const char* level, const std::string& text) { return {{"level", level}, {"message", Message(text)}}; }

Json Invocation(const Report& report) {
  Json notifications = Json::array();
  bool successful = report.errors.empty();
  for (const std::string& error : report.errors) notifications.push_back(Notification("error", error));
  for (const ReportedScript& script : report.scripts) {
    successful = successful && script.ran;
    for (const ReportedProblem& problem : script.problems) {
      if (problem.of_finding) continue;
      // A script that failed is no failure of the tool.
      notifications.push_back(script.ran ? Notification("warning", script.file + ": " + problem.text)
                                         : Notification("error", problem.text));
    }
  }
  for (const std::string& note : report.notes) notifications.push_back(Notification("note", note));
  Json invocation = {{"executionSuccessful", successful}};
  AddIfAny(invocation, "toolExecutionNotifications", std::move(notifications));
  return invocation;
}

}  // namespace

Json ToSarif(const Report& report) {
  // Either all results have the list or none: a reader takes one without it as not known.
  const bool suppressions_known =
      report.suppressions_known || std::any_of(report.findings.begin(), report.findings.end(),
                                               [](const ReportedFinding& each) { return !Suppressions(each).empty(); });
  Json results = Json::array();
  for (const ReportedFinding& reported : report.findings) results.push_back(Result(reported, suppressions_known));
  const Json driver = {{"name", "lockdep"},
                       {"fullName", "mini-lockdep, a lock-order validator"},
                       {"version", LOCKDEP_VERSION},
                       {"rules", Rules()}};
  const Json root = {{"description", {{"text", "Where the names of relative files begin."}}}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"invocations", Json::array({Invocation(report)})},
                    {"originalUriBaseIds", {{kSourceRoot, root}}},
                    {"results", std::move(results)}};
  return {{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
}

std::string FormatSarif(const Report& report) { return FormatJson(ToSarif(report)); }

}  // namespace lockdep
