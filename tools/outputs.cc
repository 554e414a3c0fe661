#include "tools/outputs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "lockdep/report_github.h"
#include "lockdep/report_json.h"
#include "lockdep/report_junit.h"
#include "lockdep/report_sarif.h"
#include "tools/whole_file.h"

namespace lockdep::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, OutputFormat>, 5> kFormats = {{{"text", OutputFormat::kText},
                                                                                {"json", OutputFormat::kJson},
                                                                                {"sarif", OutputFormat::kSarif},
                                                                                {"junit", OutputFormat::kJunit},
                                                                                {"github", OutputFormat::kGithub}}};

std::optional<OutputFormat> FormatFromString(std::string_view word) {
  for (const auto& [name, format] : kFormats) {
    if (name == word) return format;
  }
  return std::nullopt;
}

// "sarif=x" as ("sarif", "x"); the path is empty if there is none.
std::pair<std::string, std::string> SplitOutput(const std::string& output) {
  const std::size_t equals = output.find('=');
  if (equals == std::string::npos) return {output, ""};
  return {output.substr(0, equals), output.substr(equals + 1)};
}

// What is wrong with one of them, or "".
std::string WrongOutput(const std::string& output) {
  const auto [name, path] = SplitOutput(output);
  if (!FormatFromString(name)) return "expected text, json, sarif, junit or github before '=', found '" + name + "'";
  return path.empty() ? "expected FORMAT=FILE, found '" + output + "'" : "";
}

// Errors are notes of the document: its form has no other place for them.
Json DocumentOf(const Results& results) {
  JsonDocument document;
  Json uncounted = Json::array();
  for (const ReportedFinding& reported : results.report.findings) {
    if (!reported.counts()) {
      uncounted.push_back({{"finding", document.findings.size()},
                           {"why", std::string(ToString(reported.standing))},
                           {"reason", reported.suppression ? reported.suppression->reason : ""}});
    }
    document.findings.push_back(reported.finding);
  }
  document.scripts = results.scripts;
  document.runs = results.runs;
  document.notes = results.report.errors;
  document.notes.insert(document.notes.end(), results.report.notes.begin(), results.report.notes.end());
  Json json = ToJson(document);
  json["uncounted"] = std::move(uncounted);
  return json;
}

}  // namespace

const char* const kOutputHelp =
    "Formats: json for programs, sarif for code scanning and editors, junit for the list of tests of a build server,\n"
    "github for annotations in GitHub Actions.  --output writes a file beside what --format prints, several times if\n"
    "wanted.";

bool OutputArguments::Has(std::string_view name) const {
  return format == name || std::any_of(files.begin(), files.end(),
                                       [name](const std::string& output) { return SplitOutput(output).first == name; });
}

void AddOutputOptions(CLI::App& command, OutputArguments& arguments) {
  std::vector<std::string> names;
  for (const auto& [name, format] : kFormats) names.emplace_back(name);
  command
      .add_option("--format", arguments.format, "Of standard output: text (the default), json, sarif, junit or github")
      ->check(CLI::IsMember(names));
  command.add_option("--output", arguments.files, "Write this format to this file, too; may be given several times")
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false)
      ->check(CLI::Validator(WrongOutput, ""));
}

void CheckOutputArguments(const OutputArguments& arguments) {
  std::set<std::string> paths;
  for (const std::string& output : arguments.files) {
    const std::string path = SplitOutput(output).second;
    if (!paths.insert(path).second) throw CLI::ValidationError("--output", "'" + path + "' is to be written twice");
  }
}

std::string Formatted(OutputFormat format, const Results& results) {
  switch (format) {
    case OutputFormat::kText: return results.text;
    case OutputFormat::kJson: return FormatJson(DocumentOf(results));
    case OutputFormat::kSarif: return FormatSarif(results.report);
    case OutputFormat::kJunit: return FormatJunit(results.report);
    case OutputFormat::kGithub: return FormatGithub(results.report);
  }
  return "";
}

absl::Status CanWriteOutputs(const OutputArguments& arguments) {
  std::string errors;
  for (const std::string& output : arguments.files) {
    const absl::Status status = CanBeWritten(SplitOutput(output).second);
    if (!status.ok()) errors += (errors.empty() ? "" : "\n") + std::string(status.message());
  }
  return errors.empty() ? absl::OkStatus() : absl::UnavailableError(errors);
}

absl::Status WriteOutputs(const OutputArguments& arguments, const Results& results) {
  std::string errors;
  const std::optional<OutputFormat> printed = FormatFromString(arguments.format);
  if (printed && *printed != OutputFormat::kText) std::fputs(Formatted(*printed, results).c_str(), stdout);
  if (!IsStandardOutputWritten()) errors = "standard output: cannot be written";
  for (const std::string& output : arguments.files) {
    const auto [name, path] = SplitOutput(output);
    const std::optional<OutputFormat> format = FormatFromString(name);
    if (!format) continue;  // refused by the option
    const absl::Status status = WriteWhole(path, Formatted(*format, results));
    if (!status.ok()) errors += (errors.empty() ? "" : "\n") + std::string(status.message());
  }
  return errors.empty() ? absl::OkStatus() : absl::UnavailableError(errors);
}

}  // namespace lockdep::tools
