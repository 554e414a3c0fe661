#include "tools/splat.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/kernel_log.h"
#include "lockdep/kernel/splat_text.h"
#include "lockdep/kernel/splat_verdict.h"
#include "lockdep/kernel/splat_workload.h"
#include "lockdep/report_json.h"
#include "lockdep/report_text.h"
#include "tools/exit_codes.h"
#include "tools/kernel_files.h"
#include "tools/whole_file.h"

namespace lockdep::tools {
namespace {

constexpr const char* kAbout = "Read lock reports out of kernel logs: who waits for whom, and can it happen?";
constexpr const char* kFooter =
    "LOG is a dmesg, journal, syslog, serial log or a mail; - is standard input.  Text, chains and rules can show\n"
    "that a deadlock cannot happen; that it does happen only a run can show.\n"
    "\n"
    "Examples:\n"
    "  dmesg | lockdep splat -\n"
    "  lockdep splat dmesg.txt --chains lockdep_chains    with /proc/lockdep_chains of the same boot\n"
    "  lockdep splat dmesg.txt --know hotplug             with the rules about hotplug that come with it\n"
    "  lockdep splat dmesg.txt --to-workload x.workload   replay it: lockdep check x.workload\n"
    "  lockdep splat logs/*.txt --format json             the same report of several logs is one finding\n"
    "\n"
    "Exit codes: 0 read, 1 a verdict of --fail-on, 2 a file could not be read or holds no report.";

// One finding with everything that was read beside it.
struct Judged {
  kernel::KernelFinding made;
  kernel::Judgement judgement;
  std::vector<std::string> also;  // places of the same report
};

bool Colored(const std::string& color) {
  if (color == "always") return true;
  const char* no_color = std::getenv("NO_COLOR");
  return color == "auto" && ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

class Splat {
 public:
  explicit Splat(const SplatArguments& arguments) : arguments_(arguments) {}

  int Run() {
    if (const absl::Status status = files_.Read(arguments_.chains, arguments_.classes, arguments_.rules);
        !status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return kExitCouldNotRun;
    }
    for (const std::string& path : arguments_.paths) ReadLog(path);
    if (arguments_.report > 0 && !ChooseReport()) return kExitCouldNotRun;
    if (arguments_.format == "json") {
      PrintJson();
    } else {
      PrintText();
    }
    if (!IsStandardOutputWritten()) {
      spdlog::error("standard output: cannot be written");
      return kExitCouldNotRun;
    }
    if (!arguments_.to_workload.empty() && !WriteWorkload()) return kExitCouldNotRun;
    if (could_not_read_) return kExitCouldNotRun;
    return FailOn() ? kExitFound : kExitGood;
  }

 private:
  void ReadLog(const std::string& path);
  void Add(const kernel::KernelReport& report, const std::string& path);
  bool ChooseReport();
  void PrintText() const;
  void PrintJson() const;
  bool WriteWorkload() const;
  bool FailOn() const;

  const SplatArguments& arguments_;
  KernelFiles files_;
  std::vector<Judged> found_;
  std::map<std::pair<std::uint64_t, bool>, std::size_t> by_fingerprint_;
  std::vector<std::string> notes_;
  bool could_not_read_ = false;
};

void Splat::ReadLog(const std::string& path) {
  std::size_t reports = 0;
  kernel::KernelLogReader reader([&](const kernel::KernelReport& report) {
    ++reports;
    Add(report, path);
  });
  const absl::Status status = ReadPieces(path, [&reader](std::string_view piece) { reader.Add(piece); });
  reader.Finish();
  if (!status.ok() || reports == 0) {
    const std::string what = status.ok() ? path + ": no lock report in it" : std::string(status.message());
    std::fprintf(stderr, "%s\n", what.c_str());
    notes_.push_back(what);
    could_not_read_ = true;
  }
}

// Weak fingerprints join nothing: what they leave out may differ.
void Splat::Add(const kernel::KernelReport& report, const std::string& path) {
  std::string why;
  std::optional<kernel::KernelFinding> made = kernel::MakeFinding(report, path, why);
  const std::string place = kernel::LinesOf(report, path);
  if (!made) {
    notes_.push_back(place + ": " + why);
    return;
  }
  const std::pair<std::uint64_t, bool> key = {made->finding.fingerprint, made->finding.fingerprint_weak};
  const auto known = by_fingerprint_.find(key);
  if (!made->finding.fingerprint_weak && known != by_fingerprint_.end()) {
    found_[known->second].also.push_back(place);
    return;
  }
  by_fingerprint_.emplace(key, found_.size());
  Judged judged;
  judged.judgement = kernel::Judge(*made, files_.evidence());
  judged.made = *std::move(made);
  found_.push_back(std::move(judged));
}

// Leaves only the one of --report.
bool Splat::ChooseReport() {
  const std::size_t n = static_cast<std::size_t>(arguments_.report);
  if (n > found_.size()) {
    std::fprintf(stderr, "--report %zu: the logs have %zu\n", n, found_.size());
    return false;
  }
  Judged chosen = std::move(found_[n - 1]);
  found_.clear();
  found_.push_back(std::move(chosen));
  return true;
}

void Splat::PrintText() const {
  kernel::SplatTextOptions options;
  options.color = Colored(arguments_.color);
  TextOptions long_options;
  long_options.color = options.color;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (i > 0) std::fputs("\n", stdout);
    const Judged& each = found_[i];
    std::fputs(kernel::FormatSplat(each.made, each.judgement, each.also, options).c_str(), stdout);
    if (arguments_.verbose) std::printf("\n%s", FormatText(each.made.finding, long_options).c_str());
  }
  for (const std::string& note : notes_) std::printf("%s\n", note.c_str());
}

void Splat::PrintJson() const {
  JsonDocument document;
  for (const Judged& each : found_) {
    document.findings.push_back(each.made.finding);
    const std::string place = kernel::LinesOf(each.made.report, each.made.finding.source);
    for (const std::string& gap : each.made.report.gaps) document.notes.push_back(place + ": " + gap);
    for (const std::string& also : each.also) document.notes.push_back(place + ": the same report as " + also);
    for (const std::string& note : each.judgement.notes) document.notes.push_back(place + ": " + note);
  }
  for (const std::string& note : notes_) document.notes.push_back(note);
  std::fputs(FormatJson(ToJson(document)).c_str(), stdout);
}

// Of the one report that there is.
bool Splat::WriteWorkload() const {
  const auto complain = [this](const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", arguments_.to_workload.c_str(), what.c_str());
    return false;
  };
  if (found_.empty()) return complain("there is no report about lock orders to write");
  if (found_.size() > 1)
    return complain("the logs have " + std::to_string(found_.size()) + " reports; --report N chooses the N-th");
  const absl::StatusOr<std::string> text = kernel::FormatWorkload(found_.front().made, found_.front().judgement);
  if (!text.ok()) return complain(std::string(text.status().message()));
  std::FILE* file = std::fopen(arguments_.to_workload.c_str(), "w");
  if (file == nullptr) return complain(std::strerror(errno));
  const bool written = std::fputs(text->c_str(), file) >= 0;
  return std::fclose(file) == 0 && written ? true : complain("cannot be written");
}

bool Splat::FailOn() const {
  return std::any_of(found_.begin(), found_.end(), [this](const Judged& each) {
    const std::string verdict(lockdep::ToString(each.made.finding.verdict));
    return std::find(arguments_.fail_on.begin(), arguments_.fail_on.end(), verdict) != arguments_.fail_on.end();
  });
}

}  // namespace

CLI::App* AddSplat(CLI::App& app, SplatArguments& arguments) {
  CLI::App* splat = app.add_subcommand("splat", kAbout);
  splat->footer(kFooter);
  splat->add_option("LOG", arguments.paths, "Logs that hold reports; - is standard input")->required();
  splat->add_option("--chains", arguments.chains, "/proc/lockdep_chains of the same boot");
  splat->add_option("--classes", arguments.classes, "/proc/lockdep of the same boot");
  splat->add_option("--know", arguments.rules, "Rules about this kernel: a file, or drm, hotplug, net");
  splat->add_option("--to-workload", arguments.to_workload, "Write the report as a script for check and explore");
  splat->add_option("--report", arguments.report, "Only the N-th report, as they are printed")
      ->check(CLI::PositiveNumber);
  splat->add_flag("-v,--verbose", arguments.verbose, "Print also the long report, with all call chains");
  splat->add_option("--format", arguments.format, "text (the default) or json")->check(CLI::IsMember({"text", "json"}));
  splat->add_option("--color", arguments.color, "auto (the default: on a terminal), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  splat->add_option("--fail-on", arguments.fail_on, "End with 1 if a report has this verdict")
      ->check(CLI::IsMember({"predicted", "unknown", "false"}));
  return splat;
}

int RunSplat(const SplatArguments& arguments) { return Splat(arguments).Run(); }

}  // namespace lockdep::tools
