#include "tools/triage.h"

#include <utility>

#include "absl/status/statusor.h"
#include "tools/script_files.h"

namespace lockdep::tools {

const char* const kTriageHelp =
    "A finding that the --baseline has by fingerprint and kind does not count, unless its verdict says more now than\n"
    "the recorded one, in the order real, predicted, unknown, false: what was predicted and now happens counts again.\n"
    "One that a rule of --suppressions matches does not count either; a finding that is real is hidden only by a rule\n"
    "with 'real: yes'.  What does not count is told with its reason, and rules and entries without a finding are "
    "noted.";

void AddTriageOptions(CLI::App& command, TriageArguments& arguments) {
  command
      .add_option("--baseline", arguments.baseline,
                  "Findings of this file are known and do not count; `lockdep baseline update` writes it")
      ->type_name("FILE");
  command
      .add_option("--suppressions", arguments.suppressions, "Findings that a rule of this file matches do not count")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

absl::Status Triage::Read(const TriageArguments& arguments) {
  std::string errors;
  const auto add = [&errors](const absl::Status& status) {
    if (status.ok()) return;
    errors += (errors.empty() ? "" : "\n") + std::string(status.message());
  };
  if (!arguments.baseline.empty()) {
    const absl::StatusOr<std::string> text = ReadScript(arguments.baseline);
    absl::StatusOr<Baseline> baseline =
        text.ok() ? Baseline::Parse(*text, arguments.baseline) : absl::StatusOr<Baseline>(text.status());
    add(baseline.status());
    if (baseline.ok()) baseline_ = *std::move(baseline);
  }
  has_suppressions_ = !arguments.suppressions.empty();
  for (const std::string& file : arguments.suppressions) {
    const absl::StatusOr<std::string> text = ReadScript(file);
    add(text.ok() ? suppressions_.Add(*text, file) : text.status());
  }
  return errors.empty() ? absl::OkStatus() : absl::InvalidArgumentError(errors);
}

void Triage::Judge(ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  std::optional<Suppression> suppression = suppressions_.Match(finding);
  if (baseline_) {
    reported.baseline = BaselineState::kNew;
    if (const BaselineEntry* const entry = baseline_->See(finding.fingerprint, finding.kind)) {
      reported.recorded = entry->verdict;
      const bool stronger = SaysMore(finding.verdict, entry->verdict);
      reported.baseline = stronger ? BaselineState::kStronger : BaselineState::kUnchanged;
    }
  }
  if (!reported.counts()) return;
  if (suppression) {
    reported.standing = Standing::kSuppressed;
    reported.suppression = std::move(suppression);
  } else if (reported.baseline == BaselineState::kUnchanged) {
    reported.standing = Standing::kKnown;
  }
}

std::vector<std::string> Triage::Notes() const {
  std::vector<std::string> notes = suppressions_.Unused();
  if (baseline_) {
    for (std::string& note : baseline_->Unseen()) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace lockdep::tools
