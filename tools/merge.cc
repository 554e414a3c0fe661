#include "tools/merge.h"

#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/status/statusor.h"
#include "lockdep/merged_recording.h"
#include "tools/exit_codes.h"
#include "tools/recorded_report.h"
#include "tools/terminal.h"
#include "tools/whole_file.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAbout =
    "Join recordings of several processes, runs or machines, and report what they tell together";
const std::string kFooter =
    std::string(
        "Recordings are what `lockdep run --keep DIRECTORY` leaves; a directory stands for all files *.rec in it.\n"
        "Static locks of one file (by its build id, else its path) are one lock in all processes.  An order of locks\n"
        "that one process has and the opposite one that another has are a finding: at most unknown, because no "
        "process\n"
        "was seen that has both.  What a process does alone is judged as lockdep run does it.\n"
        "\n"
        "What -o writes can be merged again.  The order of the files, and files given twice, make no difference:\n"
        "processes that did the same are one.\n"
        "\n") +
    kTriageHelp + "\n\n" + kOutputHelp +
    "\n\n"
    "Examples:\n"
    "  lockdep merge recordings/\n"
    "  lockdep merge monday.rec tuesday.rec -o week.rec\n"
    "  lockdep merge --format json --baseline lockdep.baseline recordings/";

// The files that the paths mean, each once, sorted; what is wrong goes to `report`.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths, RecordedReport& report) {
  std::set<std::string> files;
  for (const std::string& path : std::set<std::string>(paths.begin(), paths.end())) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.insert(path);
      continue;
    }
    std::size_t count = 0;
    for (fs::directory_iterator it(path, error); !error && it != fs::directory_iterator(); it.increment(error)) {
      if (it->path().extension() != ".rec") continue;
      files.insert(it->path().string());
      ++count;
    }
    if (error) {
      report.AddError(path + ": cannot be read: " + error.message());
    } else if (count == 0) {
      report.AddError(path + ": has no recordings (files *.rec)");
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace

CLI::App* AddMerge(CLI::App& app, MergeArguments& arguments) {
  CLI::App* const merge = app.add_subcommand("merge", kAbout);
  merge->footer(kFooter);
  merge->add_option("recordings", arguments.paths, "Recordings, merged ones too, and directories of such")->required();
  merge->add_option("-o,--merged", arguments.merged, "Write the merged recording to this file")->type_name("FILE");
  AddOutputOptions(*merge, arguments.outputs);
  AddTriageOptions(*merge, arguments.triage);
  AddReplayArguments(*merge, arguments.replay);
  merge->add_option("--color", arguments.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  merge->add_flag("-v,--verbose", arguments.verbose, "Show the reports of false findings, too");
  merge->callback([&arguments] { CheckOutputArguments(arguments.outputs); });
  return merge;
}

int RunMerge(const MergeArguments& arguments) {
  Triage triage;
  if (const absl::Status status = triage.Read(arguments.triage); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitCouldNotRun;
  }
  TextOptions text;
  text.color = UseColor(arguments.color);
  std::error_code no_directory;
  const fs::path here = fs::current_path(no_directory);
  if (!no_directory) text.strip_prefix = here.string() + '/';
  RecordedReport report({arguments.outputs, text, arguments.verbose, stdout, ReplayOf(arguments.replay)}, triage, {});
  MergedRecording merged;
  bool has_some = false;
  for (const std::string& path : FilesOf(arguments.paths, report)) {
    const absl::StatusOr<RecordingFile> file = RecordingFile::Read(path);
    if (!file.ok()) {
      report.AddError(std::string(file.status().message()));
      continue;
    }
    if (!file->damage.empty()) report.AddError(file->damage);
    merged.Add(file->content);
    has_some = true;
  }
  // Where nothing could be read, what the file had is not lost.
  if (has_some && !arguments.merged.empty()) {
    const absl::Status status = WriteWhole(arguments.merged, merged.Bytes());
    if (!status.ok()) report.AddError(std::string(status.message()));
  }
  report.Add(merged);
  return report.Finish({});
}

}  // namespace lockdep::tools
