#include "tools/baseline_command.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/status/statusor.h"
#include "tools/baseline.h"
#include "tools/exit_codes.h"
#include "tools/result_files.h"
#include "tools/script_files.h"
#include "tools/terminal.h"
#include "tools/whole_file.h"

namespace lockdep::tools {
namespace {

constexpr const char* kAbout = "Keep the list of known findings, which do not count";
constexpr const char* kAboutUpdate = "Record the findings of JSON results in a baseline";
constexpr const char* kFooter =
    "The file is made if it is not there.  A finding that counts is added with its verdict; one that a script expects\n"
    "or a rule suppresses does not count.  The verdict of one that is recorded already is only ever raised.\n"
    "With --prune the results are taken for everything there is: entries that they do not have are dropped, and\n"
    "verdicts become those of the results.\n"
    "A baseline never hides a finding whose verdict says more than the recorded one (real > predicted > unknown >\n"
    "false): what was recorded as predicted counts again when it happens, until it is recorded as real.\n"
    "\n"
    "Examples:\n"
    "  lockdep check --format json tests/locks > results.json\n"
    "  lockdep baseline update --baseline lockdep.baseline results.json\n"
    "  lockdep check --baseline lockdep.baseline tests/locks\n"
    "\n"
    "Exit codes: 0 written, 2 a file could not be read or written, or has mistakes; then nothing is changed.";

// Of all results together: what counts anywhere counts, with the verdict that says most.
using Found = std::map<std::pair<std::uint64_t, FindingKind>, ResultFinding>;

void AddTo(Found& found, const ResultFinding& finding) {
  const auto [known, is_new] = found.try_emplace({finding.fingerprint, finding.kind}, finding);
  if (is_new) return;
  known->second.counts = known->second.counts || finding.counts;
  if (SaysMore(finding.verdict, known->second.verdict)) known->second.verdict = finding.verdict;
}

// Of what does not count, only the entries that are there are kept up to date.
std::string Record(const Found& found, bool prune, Baseline& baseline) {
  std::map<Baseline::Change, std::size_t> changes;
  for (const auto& [key, finding] : found) {
    const bool known = baseline.See(key.first, key.second) != nullptr;
    if (known || finding.counts) {
      ++changes[baseline.Record(key.first, key.second, finding.verdict, finding.about, /*exact=*/prune)];
    }
  }
  const std::size_t dropped = prune ? baseline.Prune() : 0;
  std::string text = std::to_string(changes[Baseline::Change::kAdded]) + " added, " +
                     std::to_string(changes[Baseline::Change::kRaised]) + " raised";
  if (prune) {
    text += ", " + std::to_string(changes[Baseline::Change::kLowered]) + " lowered, " + std::to_string(dropped) +
            " dropped";
  }
  return text;
}

// Empty if there is no such file.
absl::StatusOr<Baseline> ReadOrMake(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadScript(path);
  if (text.ok()) return Baseline::Parse(*text, path);
  if (absl::IsNotFound(text.status())) return Baseline();
  return text.status();
}

}  // namespace

CLI::App* AddBaseline(CLI::App& app, BaselineArguments& arguments) {
  CLI::App* const baseline = app.add_subcommand("baseline", kAbout);
  baseline->require_subcommand(1);
  CLI::App* const update = baseline->add_subcommand("update", kAboutUpdate);
  update->footer(kFooter);
  update->add_option("RESULT", arguments.results, "Files that --format json or --output json= wrote")
      ->required()
      ->type_name("FILE");
  update->add_option("--baseline", arguments.baseline, "The file to make or to bring up to date")
      ->required()
      ->type_name("FILE");
  update->add_flag("--prune", arguments.prune, "Drop what the results do not have, and take their verdicts");
  return baseline;
}

int RunBaseline(const BaselineArguments& arguments) {
  bool failed = false;
  const auto fail = [&failed](const absl::Status& status) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    failed = true;
  };
  absl::StatusOr<Baseline> baseline = ReadOrMake(arguments.baseline);
  if (!baseline.ok()) fail(baseline.status());
  Found found;
  for (const std::string& path : arguments.results) {
    const absl::StatusOr<std::string> text = ReadScript(path);
    const absl::StatusOr<std::vector<ResultFinding>> results =
        text.ok() ? ParseResults(*text, path) : absl::StatusOr<std::vector<ResultFinding>>(text.status());
    if (!results.ok()) {
      fail(results.status());
      continue;
    }
    for (const ResultFinding& finding : *results) AddTo(found, finding);
  }
  if (failed) return kExitCouldNotRun;
  const std::string changes = Record(found, arguments.prune, *baseline);
  if (const absl::Status status = WriteWhole(arguments.baseline, baseline->Text()); !status.ok()) {
    fail(status);
    return kExitCouldNotRun;
  }
  std::printf("%s: %s, %s\n", arguments.baseline.c_str(), Count(baseline->size(), "finding").c_str(), changes.c_str());
  if (IsStandardOutputWritten()) return kExitGood;
  std::fprintf(stderr, "standard output: cannot be written\n");
  return kExitCouldNotRun;
}

}  // namespace lockdep::tools
