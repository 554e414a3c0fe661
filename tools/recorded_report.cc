#include "tools/recorded_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "lockdep/across_processes.h"
#include "lockdep/canonical_recording.h"
#include "lockdep/check.h"
#include "lockdep/report.h"
#include "tools/exit_codes.h"
#include "tools/terminal.h"

namespace lockdep::tools {
namespace {

std::string Processes(std::size_t count) { return std::to_string(count) + (count == 1 ? " process" : " processes"); }

std::string Totals(const ProcessFindings::Totals& totals) {
  std::string text = Processes(totals.processes) + ", " + Count(totals.threads, "thread") + " started, " +
                     Count(totals.locks, "lock") + ", ";
  // A canonical recording does not say it.
  if (totals.acquisitions != 0 || !totals.some_did_not_say) {
    text += Count(totals.acquisitions, "acquisition") + (totals.some_did_not_say ? " or more" : "") + ", ";
  }
  return text + Count(totals.chains, "distinct chain");
}

std::string ByVerdict(const std::vector<ReportedFinding>& findings) {
  static constexpr Verdict kWorstFirst[] = {Verdict::kReal, Verdict::kPredicted, Verdict::kUnknown, Verdict::kFalse};
  std::string text = Count(findings.size(), "finding");
  const char* before = ": ";
  for (const Verdict verdict : kWorstFirst) {
    const auto count = std::count_if(findings.begin(), findings.end(),
                                     [&](const ReportedFinding& each) { return each.finding.verdict == verdict; });
    if (count == 0) continue;
    text += before + std::to_string(count) + ' ' + std::string(ToString(verdict));
    before = ", ";
  }
  const auto uncounted = [&](Standing standing, const char* what) {
    const auto count = std::count_if(findings.begin(), findings.end(),
                                     [&](const ReportedFinding& each) { return each.standing == standing; });
    if (count != 0) text += "; " + std::to_string(count) + ' ' + what;
  };
  uncounted(Standing::kUnpublished, "of new locks, not counted");
  uncounted(Standing::kSuppressed, "suppressed");
  uncounted(Standing::kKnown, "in the baseline");
  return text;
}

nlohmann::ordered_json RunJson(const Recording& recording) {
  const recording::RecordingHeader& header = recording.header();
  static constexpr const char* kEnds[] = {"not seen", "exit", "quick exit", "exec"};
  const auto end = static_cast<std::uint32_t>(header.end);
  return {{"program", recording.program()},  {"arguments", recording.command_line()},
          {"end", kEnds[end < 4 ? end : 0]}, {"threads", header.threads},
          {"locks", header.locks},           {"acquisitions", header.acquisitions},
          {"chains", header.chains},         {"lost_events", header.lost_events}};
}

// Of a process of a merged recording.
nlohmann::ordered_json ProcessJson(const Recording& recording, std::uint64_t hash) {
  const recording::RecordingHeader& header = recording.header();
  return {{"program", recording.program()}, {"process", FingerprintText(hash)}, {"threads", header.threads},
          {"locks", header.locks},          {"chains", header.chains},          {"lost_events", header.lost_events}};
}

}  // namespace

std::string FormatFinding(const ProcessFinding& each, const TextOptions& options) {
  std::string text = '\n' + FormatText(each.finding, options);
  if (each.across && each.processes > 0) {
    text += "Seen in " + Processes(each.processes) + " with a verdict that says less: it has all sides itself.\n";
  } else if (each.processes > each.with_verdict && !each.across) {
    text += "Seen in " + std::to_string(each.processes) + " processes, with this verdict in " +
            std::to_string(each.with_verdict) + ".\n";
  } else if (each.processes > 1) {
    text += "Seen in " + std::to_string(each.processes) + " processes.\n";
  }
  return text;
}

void RecordedReport::Add(const Recording& recording, const nlohmann::ordered_json& more) {
  all_.Add(recording);
  merged_.Add(recording);
  nlohmann::ordered_json run = RunJson(recording);
  if (more.is_object()) run.update(more);
  results_.runs.push_back(std::move(run));
}

void RecordedReport::AddRun(nlohmann::ordered_json run) { results_.runs.push_back(std::move(run)); }

void RecordedReport::Add(const MergedRecording& merged) {
  for (const auto& [hash, bytes] : merged.processes()) {
    const absl::StatusOr<Recording> recording = FromCanonicalBytes("a process", bytes);
    LOCKDEP_CHECK(recording.ok());
    all_.Add(*recording);
    results_.runs.push_back(ProcessJson(*recording, hash));
  }
  merged_.Add(merged);
}

void RecordedReport::AddError(const std::string& error) {
  std::fprintf(stderr, "%s\n", error.c_str());
  results_.report.errors.push_back(error);
}

int RecordedReport::Finish(const std::vector<std::string>& notes) {
  AcrossProcesses across = FindAcrossProcesses(merged_, all_.source());
  std::vector<std::string>& all_notes = results_.report.notes;
  all_notes = all_.notes();
  all_notes.insert(all_notes.end(), across.notes.begin(), across.notes.end());
  if (merged_.left_out()) {
    all_notes.push_back("of processes that differ, " + std::to_string(MergedRecording::kProcessesMax) +
                        " are kept; there were more");
  }
  all_.AddAcross(std::move(across.findings));
  const std::vector<ProcessFinding> findings = all_.Sorted();
  std::vector<ReportedFinding>& reported = results_.report.findings;
  for (const ProcessFinding& each : findings) {
    reported.emplace_back();
    reported.back().finding = each.finding;
    reported.back().standing = StandingOf(each.finding);
    triage_.Judge(reported.back());
  }
  results_.report.suppressions_known = triage_.has_suppressions();
  all_notes.insert(all_notes.end(), notes.begin(), notes.end());
  for (const std::string& note : triage_.Notes()) all_notes.push_back(note);
  if (options_.outputs.format == "text") std::fputs(Text(findings, options_.text, shown_).c_str(), options_.text_file);
  if (options_.outputs.Has("text")) {
    TextOptions plain = options_.text;
    plain.color = false;
    results_.text = Text(findings, plain, {});
  }
  if (const absl::Status status = WriteOutputs(options_.outputs, results_); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitCouldNotRun;
  }
  if (!results_.report.errors.empty()) return kExitCouldNotRun;
  const bool found = std::any_of(reported.begin(), reported.end(), [](const auto& each) { return each.counts(); });
  return found ? kExitFound : kExitGood;
}

std::string RecordedReport::Text(const std::vector<ProcessFinding>& findings, const TextOptions& options,
                                 const ShownFindings& shown) const {
  std::string text;
  bool hidden = false;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const ReportedFinding& reported = results_.report.findings[i];
    if (shown.count({reported.finding.kind, reported.finding.fingerprint}) != 0) continue;
    if (reported.counts() || options_.verbose) {
      text += FormatFinding(findings[i], options);
    } else {
      hidden = true;
    }
    if (reported.standing == Standing::kSuppressed || reported.standing == Standing::kKnown) {
      text += "lockdep: " + lockdep::Summary(reported.finding) + ' ' + WhyUncounted(reported) + '\n';
    } else if (reported.standing == Standing::kUnpublished) {
      text +=
          "lockdep: " + lockdep::Summary(reported.finding) + ", does not count: it " + WhyUncounted(reported) + '\n';
    }
  }
  for (const std::string& note : results_.report.notes) text += "lockdep: " + note + '\n';
  text += "lockdep: " + Totals(all_.totals()) + '\n';
  text += "lockdep: " + ByVerdict(results_.report.findings) + '\n';
  if (hidden) text += "lockdep: for the reports of those that do not count, with their reasons: --verbose\n";
  return text;
}

}  // namespace lockdep::tools
