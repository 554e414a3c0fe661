#include "tools/run.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/time/time.h"
#include "lockdep/recording_replay.h"
#include "lockdep/report.h"
#include "lockdep/report_text.h"
#include "tools/coverage.h"
#include "tools/exit_codes.h"
#include "tools/outputs.h"
#include "tools/process_findings.h"
#include "tools/program_file.h"
#include "tools/recorded_report.h"
#include "tools/recorded_run.h"
#include "tools/terminal.h"
#include "tools/triage.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kExitFoundInRun = 66;

constexpr const char* kAbout = "Run a program, unmodified, and report which of its locks can deadlock";
const std::string kFooter =
    std::string(
        "Any dynamically linked program that uses pthread locks: C, C++, std::mutex and its kin.  All processes that "
        "it "
        "starts\n"
        "are recorded, too, and a finding that several have is shown once.  Reports go to standard error, so that the\n"
        "program's own output stays as it is; other formats go to standard output.\n"
        "\n"
        "A deadlock that happens is reported when it happens; then the process is ended, unless --hang says "
        "otherwise:\n"
        "report (the default), abort (by SIGABRT, for a core file), kill (at once), wait (it is left alone).\n"
        "\n"
        "TERM, HUP, INT, QUIT, USR1 and USR2 are passed on to the program, but for what the keys of a terminal send, "
        "which\n"
        "it gets by itself.  Of a signal that a process sends to the whole process group the program gets two.\n"
        "\n") +
    "Which processes were not recorded, and why, and which used no lock, is said at the end.  --require-coverage "
    "makes\n"
    "that exit code 2, after everything else is reported; helpers such as a shell are allowed for by "
    "--allow-uncovered.\n"
    "What a program that is not recorded starts in turn is not known.\n"
    "\n" +
    kTriageHelp + "\n\n" + kOutputHelp +
    "  The file is tried before the program runs: a directory that it makes itself has to exist before.\n"
    "\n"
    "Examples:\n"
    "  lockdep run -- ./my_tests\n"
    "  lockdep run -- ctest --test-dir build\n"
    "  lockdep run --output sarif=locks.sarif --baseline lockdep.baseline -- ./my_tests\n"
    "\n"
    "Exit codes: the program's own.  66 in place of 0 if something that counts was found, and always if the program\n"
    "was ended because it hung; --exitcode N gives N whatever the program's was.  2: it could not be run,\n"
    "or --require-coverage is not met.";

// What the environment names for files that do not last, with the variable that does, as the standard library looks for
// it.
std::string NamedTemporaryDirectory() {
  for (const char* const variable : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"}) {
    const char* const value = std::getenv(variable);
    if (value != nullptr) return std::string(variable) + "=" + value;
  }
  return "/tmp";
}

// A directory for recordings, removed at the end unless it is to be kept.
class RecordingDirectory {
 public:
  explicit RecordingDirectory(const std::string& keep) : keep_(!keep.empty()) {
    std::error_code error;
    if (keep_) {
      fs::create_directories(keep, error);
      path_ = fs::canonical(keep, error).string();
      if (!error && !fs::is_directory(path_)) error = std::make_error_code(std::errc::not_a_directory);
      if (!error && access(path_.c_str(), W_OK | X_OK) != 0) error = {errno, std::generic_category()};
      if (error) problem_ = keep + ": no recordings can be kept there: " + error.message();
      return;
    }
    const fs::path temporary = fs::temp_directory_path(error);
    if (error) {
      problem_ = NamedTemporaryDirectory() + ": no recordings can be made there: " + error.message();
      return;
    }
    std::string pattern = (fs::absolute(temporary, error) / "lockdep-run-XXXXXX").string();
    if (error || mkdtemp(pattern.data()) == nullptr) {
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

// The number of a signal by its name, with or without SIG; 0: there is none that a program may handle so.
int SignalOf(std::string name) {
  if (name.rfind("SIG", 0) == 0) name.erase(0, 3);
  static constexpr int kNever[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
  for (int number = 1; number < NSIG; ++number) {
    const char* const known = sigabbrev_np(number);
    if (known == nullptr || name != known) continue;
    return std::find(std::begin(kNever), std::end(kNever), number) == std::end(kNever) ? number : 0;
  }
  return 0;
}

CLI::Validator IsSignal() {
  return CLI::Validator(
      [](const std::string& text) {
        return SignalOf(text) != 0 ? std::string() : text + " is no signal that a program can be asked with";
      },
      "SIGNAL");
}

CLI::Validator IsDuration() {
  return CLI::Validator(
      [](const std::string& text) {
        absl::Duration duration;
        const bool good =
            absl::ParseDuration(text, &duration) && duration >= absl::Microseconds(1) && duration <= absl::Hours(1);
        return good ? std::string() : text + " is no time from 1us to 1h, like 100ms";
      },
      "TIME");
}

std::uint64_t NanosecondsOf(const std::string& text) {
  absl::Duration duration;
  return absl::ParseDuration(text, &duration) ? static_cast<std::uint64_t>(absl::ToInt64Nanoseconds(duration)) : 0;
}

HangPolicy PolicyOf(const std::string& word) {
  if (word == "abort") return HangPolicy::kAbort;
  if (word == "kill") return HangPolicy::kKill;
  if (word == "wait") return HangPolicy::kWait;
  return HangPolicy::kReport;
}

// What a process does that hangs just now.
void ReportHang(const std::string& path, const TextOptions& options, ShownFindings& shown) {
  const absl::StatusOr<Recording> recording = Recording::Read(path);
  if (!recording.ok()) return;
  ProcessFindings findings;
  findings.Add(*recording);
  std::fprintf(stderr, "lockdep: process %u hangs: %s\n", recording->header().pid, recording->program().c_str());
  for (const ProcessFinding& each : findings.Sorted()) {
    const FindingKind kind = each.finding.kind;
    if (each.finding.verdict != Verdict::kReal || (!IsHang(kind) && kind != FindingKind::kCircular)) continue;
    std::fputs(FormatFinding(each, options).c_str(), stderr);
    shown.insert({kind, each.finding.fingerprint});
  }
}

// What the threads of a process hold just now; it had told so `told` times before.
void ReportStatus(const std::string& path, std::size_t told) {
  const absl::StatusOr<Recording> recording = Recording::Read(path);
  if (!recording.ok()) return;
  const std::vector<std::string> statuses = Statuses(*recording);
  for (std::size_t i = told; i < statuses.size(); ++i) {
    std::fprintf(stderr, "\nlockdep: process %u, %s: %s", recording->header().pid, recording->program().c_str(),
                 statuses[i].c_str());
  }
}

// Said before the program runs: that nothing of it will be recorded.
void WarnIfNotRecordable(const std::string& command) {
  const char* const search = std::getenv("PATH");
  const std::string path = FindProgram(command, search == nullptr ? "/bin:/usr/bin" : search, "");
  const ProgramFile file = LookAtProgram(path, /*shell_reads=*/true);
  const auto says = [&](const char* what) {
    const std::string whose =
        file.path == path || path.empty() ? command : command + " is run by " + file.path + ", which";
    std::fprintf(stderr, "lockdep: %s is %s: it runs, but is not recorded\n", whose.c_str(), what);
  };
  switch (file.kind) {
    case ProgramKind::kStatic: says("statically linked"); break;
    case ProgramKind::kPrivileged: says("set-user-ID, set-group-ID or has capabilities"); break;
    case ProgramKind::kArchitecture: says("for another architecture"); break;
    case ProgramKind::kLibrary: says("for another C library"); break;
    case ProgramKind::kRecordable:
    case ProgramKind::kGone:
    case ProgramKind::kNoProgram: break;
  }
}

}  // namespace

CLI::App* AddRun(CLI::App& app, RunArguments& arguments) {
  CLI::App* const run = app.add_subcommand("run", kAbout);
  run->footer(kFooter);
  run->add_option("command", arguments.command, "The program and its arguments, behind --")->required();
  AddOutputOptions(*run, arguments.outputs);
  AddTriageOptions(*run, arguments.triage);
  run->add_option("--color", arguments.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  run->add_option("--hang", arguments.hang, "What to do with a process that hangs: report, abort, kill or wait")
      ->check(CLI::IsMember({"report", "abort", "kill", "wait"}));
  run->add_option("--status-signal", arguments.status_signal,
                  "Show what all threads hold and wait for when this signal comes: USR1, say.  Sent to lockdep, all "
                  "processes are told; sent to one, that one")
      ->check(IsSignal());
  run->add_option("--held-longer-than", arguments.held_longer_than,
                  "Note locks that are held for longer: 100ms, 2s, 500us")
      ->check(IsDuration());
  AddReplayArguments(*run, arguments.replay);
  run->add_option("--keep", arguments.keep, "Keep the recordings in this directory")
      ->type_name("DIR")
      ->check([](const std::string& directory) { return directory.empty() ? "expected the name of a directory" : ""; },
              "");
  run->add_option("--exitcode", arguments.exit_code, "The exit code if something that counts was found")
      ->check(CLI::Range(0, 255));
  run->add_flag("--require-coverage", arguments.require_coverage,
                "Exit code 2 unless every process was recorded to its end and used a lock");
  run->add_option("--allow-uncovered", arguments.allow_uncovered,
                  "With --require-coverage: not this program, by the base name of its file; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  run->add_flag("-v,--verbose", arguments.verbose, "Show the reports of false findings, too");
  run->callback([&arguments] {
    CheckOutputArguments(arguments.outputs);
    if (!arguments.allow_uncovered.empty() && !arguments.require_coverage) {
      throw CLI::ValidationError("--allow-uncovered", "needs --require-coverage");
    }
  });
  return run;
}

int RunRun(const RunArguments& arguments) {
  const absl::StatusOr<std::string> recorder = FindRecorder();
  if (!recorder.ok()) {
    spdlog::error("{}", std::string(recorder.status().message()));
    return kExitCouldNotRun;
  }
  Triage triage;
  if (const absl::Status status = triage.Read(arguments.triage); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitCouldNotRun;
  }
  if (const absl::Status status = CanWriteOutputs(arguments.outputs); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitCouldNotRun;
  }
  const RecordingDirectory directory(arguments.keep);
  if (!directory.problem().empty()) {
    std::fprintf(stderr, "%s\n", directory.problem().c_str());
    return kExitCouldNotRun;
  }
  TextOptions text;
  text.color = UseColor(arguments.color) && isatty(STDERR_FILENO) != 0;
  std::error_code no_directory;
  const fs::path here = fs::current_path(no_directory);
  if (!no_directory) text.strip_prefix = here.string() + '/';
  ShownFindings shown;
  RecordedRunOptions options;
  options.command = arguments.command;
  options.recorder = *recorder;
  options.directory = directory.path();
  options.hang = PolicyOf(arguments.hang);
  if (!arguments.status_signal.empty()) options.status_signal = SignalOf(arguments.status_signal);
  if (!arguments.held_longer_than.empty()) options.held_longer_than = NanosecondsOf(arguments.held_longer_than);
  options.on_status = ReportStatus;
  options.on_hang = [&](const std::string& path) { ReportHang(path, text, shown); };
  WarnIfNotRecordable(arguments.command[0]);
  const absl::StatusOr<RecordedRunResult> result = RunRecorded(options);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
    return kExitCouldNotRun;
  }
  RecordedReport report({arguments.outputs, text, arguments.verbose, stderr, ReplayOf(arguments.replay)}, triage,
                        shown);
  Coverage coverage(arguments.allow_uncovered);
  for (const std::string& path : result->recordings) {
    const absl::StatusOr<Recording> recording = Recording::Read(path);
    if (recording.ok()) {
      report.Add(*recording, Coverage::Members(*recording));
      coverage.Add(*recording, result->still_running.contains(path));
    } else {
      report.AddError(std::string(recording.status().message()));
    }
  }
  for (const ProgramStart& start : result->starts) coverage.Add(start);
  if (!result->starts_damage.empty()) coverage.NoteDamage(result->starts_damage);
  if (result->not_begun != 0) {
    coverage.NoteDamage((result->not_begun == 1 ? "1 process" : std::to_string(result->not_begun) + " processes") +
                        std::string(" ended while the recording was being made; what was done there is not known"));
  }
  coverage.Finish();
  for (nlohmann::ordered_json& run : coverage.Runs()) report.AddRun(std::move(run));
  std::vector<std::string> notes = coverage.Notes();
  const std::string shortfall = arguments.require_coverage ? coverage.Shortfall() : "";
  if (!shortfall.empty()) notes.push_back("--require-coverage: " + shortfall);
  const int outcome = report.Finish(notes);
  if (arguments.require_coverage && !coverage.complete()) return kExitCouldNotRun;
  if (outcome == kExitCouldNotRun) return outcome;
  if (outcome == kExitGood && !result->ended_by_us) return result->exit_code;
  if (arguments.exit_code >= 0) return arguments.exit_code;
  return result->exit_code == 0 || result->ended_by_us ? kExitFoundInRun : result->exit_code;
}

}  // namespace lockdep::tools
