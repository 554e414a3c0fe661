#include "tools/run.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "lockdep/report_json.h"
#include "lockdep/report_text.h"
#include "tools/exit_codes.h"
#include "tools/process_findings.h"
#include "tools/recorded_run.h"
#include "tools/terminal.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kExitFoundInRun = 66;

constexpr const char* kAbout = "Run a program, unmodified, and report which of its locks can deadlock";
constexpr const char* kFooter =
    "Any dynamically linked program that uses pthread locks: C, C++, std::mutex and its kin.  All processes that it "
    "starts\n"
    "are recorded, too, and a finding that several have is shown once.  Reports go to standard error, so that the\n"
    "program's own output stays as it is; other formats go to standard output.\n"
    "\n"
    "A deadlock that happens is reported when it happens; then the process is ended, unless --hang says otherwise:\n"
    "report (the default), abort (by SIGABRT, for a core file), kill (at once), wait (it is left alone).\n"
    "\n"
    "Examples:\n"
    "  lockdep run -- ./my_tests\n"
    "  lockdep run -- ctest --test-dir build\n"
    "\n"
    "Exit codes: the program's own.  66 in place of 0 if something that counts was found, and always if the program\n"
    "was ended because it hung; --exitcode N gives N whatever the program's was.  2: it could not be run.";

bool Counts(const Finding& finding) { return finding.verdict != Verdict::kFalse; }

// A directory for recordings, removed at the end unless it is to be kept.
class RecordingDirectory {
 public:
  explicit RecordingDirectory(const std::string& keep) : keep_(!keep.empty()) {
    std::error_code error;
    if (keep_) {
      fs::create_directories(keep, error);
      path_ = fs::canonical(keep, error).string();
      if (error) problem_ = keep + ": no recordings can be kept there: " + error.message();
      return;
    }
    std::string pattern = (fs::temp_directory_path(error) / "lockdep-run-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      problem_ = pattern + ": cannot be made";
      return;
    }
    path_ = pattern;
  }
  ~RecordingDirectory() {
    std::error_code error;
    if (!keep_ && !path_.empty()) fs::remove_all(path_, error);
  }
  RecordingDirectory(const RecordingDirectory&) = delete;
  RecordingDirectory& operator=(const RecordingDirectory&) = delete;

  const std::string& path() const { return path_; }
  const std::string& problem() const { return problem_; }

 private:
  const bool keep_;
  std::string path_;
  std::string problem_;
};

HangPolicy PolicyOf(const std::string& word) {
  if (word == "abort") return HangPolicy::kAbort;
  if (word == "kill") return HangPolicy::kKill;
  if (word == "wait") return HangPolicy::kWait;
  return HangPolicy::kReport;
}

void PrintFinding(const ProcessFinding& each, const TextOptions& options) {
  std::fprintf(stderr, "\n%s", FormatText(each.finding, options).c_str());
  if (each.processes > 1) std::fprintf(stderr, "Seen in %zu processes.\n", each.processes);
}

// What a process does that hangs just now.
void ReportHang(const std::string& path, const TextOptions& options) {
  const absl::StatusOr<Recording> recording = Recording::Read(path);
  if (!recording.ok()) return;
  ProcessFindings findings;
  findings.Add(*recording);
  std::fprintf(stderr, "lockdep: process %u hangs: %s\n", recording->header().pid, recording->program().c_str());
  for (const ProcessFinding& each : findings.Sorted()) {
    const FindingKind kind = each.finding.kind;
    const bool is_hang =
        kind == FindingKind::kCircular || kind == FindingKind::kHang || kind == FindingKind::kSelfDeadlock;
    if (each.finding.verdict == Verdict::kReal && is_hang) PrintFinding(each, options);
  }
}

std::string Summary(const ProcessFindings& all, const std::vector<ProcessFinding>& findings) {
  const ProcessFindings::Totals& totals = all.totals();
  std::string text = std::to_string(totals.processes) + (totals.processes == 1 ? " process" : " processes") + ", " + Count(totals.threads, "thread") + " started, " +
                     Count(totals.locks, "lock") + ", " + Count(totals.acquisitions, "acquisition") +
                     (totals.some_did_not_say ? " or more" : "") + ", " + Count(totals.chains, "distinct chain");
  std::size_t by_verdict[4] = {};
  for (const ProcessFinding& each : findings) ++by_verdict[Weight(each.finding.verdict)];
  text += "\nlockdep: " + Count(findings.size(), "finding");
  const char* before = ": ";
  for (int weight = 3; weight >= 0; --weight) {
    static constexpr const char* kWords[] = {"false", "unknown", "predicted", "real"};
    if (by_verdict[weight] == 0) continue;
    text += before + std::to_string(by_verdict[weight]) + " " + kWords[weight];
    before = ", ";
  }
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

int Report(const RunArguments& arguments, const std::vector<std::string>& paths, const TextOptions& text, bool& found) {
  ProcessFindings all;
  JsonDocument document;
  bool unreadable = false;
  for (const std::string& path : paths) {
    const absl::StatusOr<Recording> recording = Recording::Read(path);
    if (!recording.ok()) {
      std::fprintf(stderr, "%s\n", std::string(recording.status().message()).c_str());
      unreadable = true;
      continue;
    }
    all.Add(*recording);
    document.runs.push_back(RunJson(*recording));
  }
  const std::vector<ProcessFinding> findings = all.Sorted();
  for (const ProcessFinding& each : findings) found = found || Counts(each.finding);
  if (arguments.format == "json") {
    for (const ProcessFinding& each : findings) document.findings.push_back(each.finding);
    document.notes = all.notes();
    std::fputs(FormatJson(ToJson(document)).c_str(), stdout);
    if (std::fflush(stdout) != 0) {
      spdlog::error("standard output: cannot be written");
      return kExitCouldNotRun;
    }
  } else {
    for (const ProcessFinding& each : findings) {
      if (Counts(each.finding) || arguments.verbose) PrintFinding(each, text);
    }
    for (const std::string& note : all.notes()) std::fprintf(stderr, "lockdep: %s\n", note.c_str());
    std::fprintf(stderr, "lockdep: %s\n", Summary(all, findings).c_str());
    const bool hidden = !arguments.verbose && std::any_of(findings.begin(), findings.end(),
                                                          [](const auto& each) { return !Counts(each.finding); });
    if (hidden) std::fprintf(stderr, "lockdep: for the false ones with their reasons: --verbose\n");
    if (all.totals().processes == 0) {
      std::fprintf(stderr, "lockdep: nothing was recorded: the program is statically linked, or changes its user\n");
    } else if (all.totals().without_locks == all.totals().processes) {
      std::fprintf(stderr, "lockdep: no lock was seen: the program uses none, or none of pthread's\n");
    }
  }
  return unreadable ? kExitCouldNotRun : kExitGood;
}

}  // namespace

CLI::App* AddRun(CLI::App& app, RunArguments& arguments) {
  CLI::App* const run = app.add_subcommand("run", kAbout);
  run->footer(kFooter);
  run->add_option("command", arguments.command, "The program and its arguments, behind --")->required();
  run->add_option("--format", arguments.format, "text or json")->check(CLI::IsMember({"text", "json"}));
  run->add_option("--color", arguments.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  run->add_option("--hang", arguments.hang, "What to do with a process that hangs: report, abort, kill or wait")
      ->check(CLI::IsMember({"report", "abort", "kill", "wait"}));
  run->add_option("--keep", arguments.keep, "Keep the recordings in this directory");
  run->add_option("--exitcode", arguments.exit_code, "The exit code if something that counts was found")
      ->check(CLI::Range(0, 255));
  run->add_flag("-v,--verbose", arguments.verbose, "Show the reports of false findings, too");
  return run;
}

int RunRun(const RunArguments& arguments) {
  const absl::StatusOr<std::string> recorder = FindRecorder();
  if (!recorder.ok()) {
    spdlog::error("{}", std::string(recorder.status().message()));
    return kExitCouldNotRun;
  }
  const RecordingDirectory directory(arguments.keep);
  if (!directory.problem().empty()) {
    std::fprintf(stderr, "%s\n", directory.problem().c_str());
    return kExitCouldNotRun;
  }
  TextOptions text;
  text.color = UseColor(arguments.color) && isatty(STDERR_FILENO) != 0;
  RecordedRunOptions options;
  options.command = arguments.command;
  options.recorder = *recorder;
  options.directory = directory.path();
  options.hang = PolicyOf(arguments.hang);
  options.on_hang = [&](const std::string& path) { ReportHang(path, text); };
  const absl::StatusOr<RecordedRunResult> result = RunRecorded(options);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
    return kExitCouldNotRun;
  }
  bool found = false;
  if (Report(arguments, result->recordings, text, found) != kExitGood) return kExitCouldNotRun;
  if (!found) return result->exit_code;
  if (arguments.exit_code >= 0) return arguments.exit_code;
  return result->exit_code == 0 || result->ended_by_us ? kExitFoundInRun : result->exit_code;
}

}  // namespace lockdep::tools
