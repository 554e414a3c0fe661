#include "tools/recorded_run.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "lockdep/recording_format.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecorderFile = "liblockdep_recorder.so";
constexpr std::chrono::milliseconds kPoll{50};
constexpr std::chrono::seconds kGrace{2};  // from a request to end to an end by force

volatile std::sig_atomic_t child_pid = 0;
volatile std::sig_atomic_t status_wanted = 0;
void PassOn(int signal) {
  if (child_pid > 0) kill(child_pid, signal);
}
// The interrupt of a terminal goes to the whole foreground process group, of which the program is.  What a process
// sends may have gone to the whole group, too, which nothing shows: then the program gets it twice, as it gets the
// others, for a request to end that is lost is worse.
void PassOnOfProcess(int signal, siginfo_t* info, void*) {
  const int code = info->si_code;
  if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE) PassOn(signal);
}
void WantStatus(int) { status_wanted = 1; }

// While it lives, signals go to the child.  They wait until it is said that there is one.
class Signals {
 public:
  explicit Signals(int status_signal) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask_before_);
    struct sigaction action {};
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    action.sa_sigaction = PassOnOfProcess;
    for (const int number : {SIGINT, SIGQUIT}) Set(number, action);
    action.sa_flags = SA_RESTART;
    action.sa_handler = PassOn;
    for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) Set(number, action);
    action.sa_handler = WantStatus;
    if (status_signal != 0) Set(status_signal, action);
  }
  ~Signals() { GiveBack(); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void SetChild(pid_t pid) const {
    child_pid = pid;
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  // Also in the child, to which what came before may have been sent, too.
  void GiveBack() const {
    for (const auto& [number, action] : before_) sigaction(number, &action, nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

 private:
  void Set(int number, const struct sigaction& action) {
    struct sigaction old {};
    sigaction(number, &action, &old);
    before_.try_emplace(number, old);
  }

  sigset_t mask_before_;
  std::map<int, struct sigaction> before_;
};

// False: the process has not come so far.
bool ReadHeader(const std::string& path, recording::RecordingHeader& header) {
  std::ifstream file(path, std::ios::binary);
  return file.read(reinterpret_cast<char*>(&header), sizeof header) &&
         std::memcmp(header.magic, recording::kMagic, sizeof header.magic) == 0;
}

// Whether the process still is the one of the recording: another one may have got its number.
bool Lives(const recording::RecordingHeader& header) {
  if (header.end != recording::End::kNotSeen || kill(static_cast<pid_t>(header.pid), 0) != 0) return false;
  std::error_code error;
  const std::string program = fs::read_symlink("/proc/" + std::to_string(header.pid) + "/exe", error).string();
  const std::string recorded(header.program, strnlen(header.program, sizeof header.program));
  return error || program.substr(0, recorded.size()) == recorded;
}

// The files of recordings in a directory, those first that do not begin as one, then by age.
std::vector<std::string> RecordingsIn(const std::string& directory) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".rec") continue;
    recording::RecordingHeader header;
    const bool begins = ReadHeader(entry.path().string(), header);
    found.emplace_back(begins ? header.start_ns : 0, entry.path().string());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  for (auto& [start, path] : found) paths.push_back(std::move(path));
  return paths;
}

// Those of this run: not what lay in the directory when this was made.  The processes of other runs may be gone, and
// their numbers be anybody's.
class NewRecordings {
 public:
  explicit NewRecordings(std::string directory) : directory_(std::move(directory)) {
    const std::vector<std::string> before = RecordingsIn(directory_);
    before_.insert(before.begin(), before.end());
  }

  std::vector<std::string> Paths() const {
    std::vector<std::string> paths = RecordingsIn(directory_);
    std::erase_if(paths, [this](const std::string& path) { return before_.contains(path); });
    return paths;
  }

 private:
  const std::string directory_;
  std::set<std::string> before_;
};

class Watch {
 public:
  Watch(const RecordedRunOptions& options, const NewRecordings& recordings)
      : options_(options), recordings_(recordings) {}

  // Looks once at all recordings.
  void Look() {
    for (const std::string& path : recordings_.Paths()) {
      recording::RecordingHeader header;
      if (!ReadHeader(path, header)) continue;
      LookAtStatus(path, header);
      if (hung_.count(path) != 0 || header.hangs == 0) continue;
      hung_.insert(path);
      if (options_.hang != HangPolicy::kKill && options_.on_hang) options_.on_hang(path);
      if (options_.hang != HangPolicy::kWait && Lives(header)) End(static_cast<pid_t>(header.pid));
    }
    const auto now = std::chrono::steady_clock::now();
    for (auto it = ending_.begin(); it != ending_.end();) {
      if (now < it->second) {
        ++it;
        continue;
      }
      kill(it->first, SIGKILL);
      it = ending_.erase(it);
    }
  }

  // All that are recorded tell what their threads hold.
  void AskForStatus() const {
    for (const std::string& path : recordings_.Paths()) {
      recording::RecordingHeader header;
      if (ReadHeader(path, header) && Lives(header)) kill(static_cast<pid_t>(header.pid), options_.status_signal);
    }
  }

  bool ended_some() const { return ended_some_; }

 private:
  void LookAtStatus(const std::string& path, const recording::RecordingHeader& header) {
    if (header.statuses == 0 || !options_.on_status) return;
    std::uint32_t& told = told_[path];
    if (header.statuses == told) return;
    options_.on_status(path, told);
    told = header.statuses;
  }

  void End(pid_t pid) {
    ended_some_ = true;
    switch (options_.hang) {
      case HangPolicy::kReport: kill(pid, SIGTERM); break;
      case HangPolicy::kAbort: kill(pid, SIGABRT); break;
      case HangPolicy::kKill: kill(pid, SIGKILL); return;
      case HangPolicy::kWait: return;
    }
    ending_[pid] = std::chrono::steady_clock::now() + kGrace;
  }

  const RecordedRunOptions& options_;
  const NewRecordings& recordings_;
  std::set<std::string> hung_;
  std::map<std::string, std::uint32_t> told_;  // statuses
  std::map<pid_t, std::chrono::steady_clock::time_point> ending_;
  bool ended_some_ = false;
};

// The start of the program itself, but for the process, which is not made yet.
ProgramStart FirstStart(const RecordedRunOptions& options) {
  using recording::StartRecord;
  ProgramStart first;
  first.flags = StartRecord::kPreloaded | StartRecord::kNamed | StartRecord::kSearched | StartRecord::kShellReads;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  first.time_ns = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  first.caller = static_cast<std::uint32_t>(getpid());
  first.path = options.command[0];
  std::error_code no_directory;
  first.directory = fs::current_path(no_directory).string();
  const char* const search = std::getenv("PATH");
  if (first.path.find('/') == std::string::npos) first.search = search == nullptr ? "/bin:/usr/bin" : search;
  return first;
}

// LD_PRELOAD is split at spaces and colons, and names such as $LIB in it are replaced.
bool CanBePreloaded(const std::string& path) { return path.find_first_of(" :$") == std::string::npos; }

// A name by which LD_PRELOAD can have the recorder: its own, else that of a link in the run's directory.
class PreloadName {
 public:
  PreloadName(const std::string& recorder, const std::string& directory) : name_(recorder) {
    if (CanBePreloaded(recorder)) return;
    const std::string link = directory + '/' + kRecorderFile;
    std::error_code error;
    if (!CanBePreloaded(link)) {
      problem_ = recorder + ": LD_PRELOAD can hold no path with a space, a colon or a dollar sign in it; nor that of " +
                 directory + ", where a link to it could be: name another directory in TMPDIR";
      return;
    }
    fs::create_symlink(fs::absolute(recorder), link, error);
    if (error) {
      problem_ = link + ": no link to the recorder can be made: " + error.message();
      return;
    }
    name_ = link;
    is_link_ = true;
  }
  ~PreloadName() {
    std::error_code error;
    if (is_link_) fs::remove(name_, error);
  }
  PreloadName(const PreloadName&) = delete;
  PreloadName& operator=(const PreloadName&) = delete;

  const std::string& name() const { return name_; }
  const std::string& problem() const { return problem_; }

 private:
  std::string name_;
  std::string problem_;
  bool is_link_ = false;
};

// What the child does between fork and exec; `report` is a pipe that exec closes.
[[noreturn]] void BecomeProgram(const RecordedRunOptions& options, std::string preload, const Signals& signals,
                                int report) {
  signals.GiveBack();
  if (const char* const before = std::getenv("LD_PRELOAD"); before != nullptr && before[0] != '\0') {
    preload += std::string(":") + before;
  }
  setenv("LD_PRELOAD", preload.c_str(), 1);
  // AddressSanitizer insists on being the first library, though it works behind the recorder.
  const char* const asan = std::getenv("ASAN_OPTIONS");
  setenv("ASAN_OPTIONS", ((asan == nullptr ? "" : std::string(asan) + ":") + "verify_asan_link_order=0").c_str(), 1);
  setenv("LOCKDEP_RECORDING", options.directory.c_str(), 1);
  if (options.status_signal != 0) setenv("LOCKDEP_STATUS_SIGNAL", std::to_string(options.status_signal).c_str(), 1);
  if (options.held_longer_than != 0) {
    setenv("LOCKDEP_HELD_LONGER_NS", std::to_string(options.held_longer_than).c_str(), 1);
  }
  std::vector<char*> arguments;
  for (const std::string& argument : options.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  if (write(report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::string> FindRecorder() {
  if (const char* const named = std::getenv("LOCKDEP_RECORDER"); named != nullptr) return std::string(named);
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {here / "../lockdep/preload", here / "../" LOCKDEP_LIBRARY_DIRECTORY "/lockdep", here}) {
    const fs::path candidate = fs::weakly_canonical(place / kRecorderFile, error);
    if (fs::exists(candidate, error)) return candidate.string();
  }
  return absl::NotFoundError(
      std::string(kRecorderFile) +
      " is neither beside this command nor where it was installed: " + "reinstall, or name it in LOCKDEP_RECORDER");
}

absl::StatusOr<RecordedRunResult> RunRecorded(const RecordedRunOptions& options) {
  const PreloadName recorder(options.recorder, options.directory);
  if (!recorder.problem().empty()) return absl::InvalidArgumentError(recorder.problem());
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    return absl::InternalError(std::string("no pipe could be made: ") + std::strerror(errno));
  }
  // What the program leaves behind becomes ours, and is not waited for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Signals signals(options.status_signal);
  const NewRecordings recordings(options.directory);
  const std::string starts_file = options.directory + '/' + recording::kStartsFile;
  const absl::StatusOr<ProgramStarts> earlier = ReadProgramStarts(starts_file);
  const ProgramStart first = FirstStart(options);
  const pid_t pid = fork();
  if (pid < 0) {
    const int error = errno;
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return absl::ResourceExhaustedError(std::string("no process could be made: ") + std::strerror(error));
  }
  if (pid == 0) BecomeProgram(options, recorder.name(), signals, pipe_ends[1]);
  signals.SetChild(pid);
  close(pipe_ends[1]);
  int exec_error = 0;
  const ssize_t got = read(pipe_ends[0], &exec_error, sizeof exec_error);
  close(pipe_ends[0]);

  RecordedRunResult result;
  Watch watch(options, recordings);
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended == pid) break;
    if (ended > 0) continue;  // an orphan of the program
    if (status_wanted != 0) {
      status_wanted = 0;
      watch.AskForStatus();
    }
    watch.Look();
    std::this_thread::sleep_for(kPoll);
  }
  child_pid = 0;
  if (got == sizeof exec_error) {
    return absl::NotFoundError(options.command[0] + ": cannot be run: " + std::strerror(exec_error));
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) continue;  // those that ended are not taken for running ones
  watch.Look();
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.ended_by_us = watch.ended_some();
  for (const std::string& path : recordings.Paths()) {
    recording::RecordingHeader header;
    if (!ReadHeader(path, header)) {
      ++result.not_begun;
      continue;
    }
    result.recordings.push_back(path);
    if (Lives(header)) result.still_running.insert(path);
  }
  result.starts.push_back(first);
  result.starts.back().pid = static_cast<std::uint32_t>(pid);
  absl::StatusOr<ProgramStarts> others = ReadProgramStarts(starts_file);
  if (!others.ok()) {
    result.starts_damage = std::string(others.status().message());
    return result;
  }
  result.starts_damage = others->damage;
  const std::size_t known = earlier.ok() ? std::min(earlier->starts.size(), others->starts.size()) : 0;
  std::move(others->starts.begin() + static_cast<std::ptrdiff_t>(known), others->starts.end(),
            std::back_inserter(result.starts));
  return result;
}

}  // namespace lockdep::tools
