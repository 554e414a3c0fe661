// Runs a program with the recorder loaded into it, and watches its processes for hangs.
//
// The program runs in the same process group, with the same files and environment beside LD_PRELOAD and
// LOCKDEP_RECORDING.  Signals are passed on to it, but for what a terminal sends (interrupt, quit), which it gets
// itself.
//
// Thread-confined: changes how the process handles signals while it runs.
#ifndef TOOLS_RECORDED_RUN_H_
#define TOOLS_RECORDED_RUN_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/program_starts.h"

namespace lockdep::tools {

// What is done with a process whose threads wait for each other for ever.
enum class HangPolicy {
  kReport,  // report it, then end the process
  kAbort,   // report it, then end the process by SIGABRT, which may leave a core file
  kKill,    // end the process at once; the report comes with the others
  kWait,    // report it, and let the process be
};

struct RecordedRunOptions {
  std::vector<std::string> command;  // searched for in PATH
  std::string recorder;              // the library
  std::string directory;             // where the recordings go; absolute
  HangPolicy hang = HangPolicy::kReport;
  int status_signal = 0;               // on which a process tells what its threads hold; 0: none
  std::uint64_t held_longer_than = 0;  // in nanoseconds: longer holds are recorded; 0: none
  // Called once for each process that hangs, before it is ended, with the path of its recording.
  std::function<void(const std::string& recording)> on_hang;
  // Called when a process has told once more what its threads hold; `told` is how often it had before.
  std::function<void(const std::string& recording, std::size_t told)> on_status;
};

struct RecordedRunResult {
  int exit_code = 0;                    // of the program; 128 and the signal's number if one ended it
  bool ended_by_us = false;             // because it hung
  std::vector<std::string> recordings;  // paths, oldest first; none that were in the directory before
  std::set<std::string> still_running;  // of these, whose process has not ended
  std::size_t not_begun = 0;            // processes that ended while their recordings were being made
  std::vector<ProgramStart> starts;     // of programs: the first one by us, the others by those that are recorded
  std::string starts_damage;            // why not all of them are known, a sentence; or empty
};

// The directory may have recordings of other runs, which are left alone.
absl::StatusOr<RecordedRunResult> RunRecorded(const RecordedRunOptions& options);

// The recorder that belongs to this command: beside it, in the build tree or where both were installed.
absl::StatusOr<std::string> FindRecorder();

}  // namespace lockdep::tools

#endif  // TOOLS_RECORDED_RUN_H_
