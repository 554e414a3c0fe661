#include "lockdep/preload/program_starts.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "lockdep/preload/process_events.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/starts_format.h"

namespace lockdep::preload {
namespace {

using recording::StartKind;
using recording::StartRecord;

constexpr std::size_t kDirectoryMax = 1024;  // a handler may run on a small stack

constinit char file_path[PATH_MAX + sizeof recording::kStartsFile + 1] = {};  // empty: nothing is recorded
constinit const char* own_path = nullptr;  // as the loader has it, which is as LD_PRELOAD has it

// Puts errno back.
class KeepErrno {
 public:
  KeepErrno() : errno_(errno) {}
  ~KeepErrno() { errno = errno_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  const int errno_;
};

std::uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

// The value, if the entry is of this variable.
const char* ValueOf(const char* entry, const char* name) {
  const std::size_t length = std::strlen(name);
  return std::strncmp(entry, name, length) == 0 && entry[length] == '=' ? entry + length + 1 : nullptr;
}

// Whether a list for the loader has the recorder.
bool Lists(const char* list) {
  if (own_path == nullptr) return false;
  const std::size_t length = std::strlen(own_path);
  while (*list != '\0') {
    const std::size_t part = std::strcspn(list, ": ");
    if (part == length && std::memcmp(list, own_path, length) == 0) return true;
    list += part;
    if (*list != '\0') ++list;
  }
  return false;
}

// Of a variable that is there twice the loader takes the last one, getenv the first one.
std::uint16_t FlagsOf(char* const* environment) {
  const char* preload = nullptr;
  const char* directory = nullptr;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (const char* const value = ValueOf(*environment, "LD_PRELOAD"); value != nullptr) preload = value;
    if (directory == nullptr) directory = ValueOf(*environment, "LOCKDEP_RECORDING");
  }
  std::uint16_t flags = 0;
  if (preload != nullptr && Lists(preload)) flags |= StartRecord::kPreloaded;
  if (directory != nullptr && std::strcmp(directory, RecordingDirectory()) == 0) flags |= StartRecord::kNamed;
  return flags;
}

const char* SearchPath() {
  for (char* const* entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (const char* const value = ValueOf(*entry, "PATH"); value != nullptr) return value;
  }
  return "/bin:/usr/bin";
}

iovec Part(const void* begin, std::size_t bytes) { return {const_cast<void*>(begin), bytes}; }

// Whether the file takes that much more.  Past the limit of a file's size a signal would end the process.
bool HasRoom(int fd, std::size_t bytes) {
  const long end = syscall(SYS_lseek, fd, off_t{0}, SEEK_END);
  if (end < 0) return false;
  const std::size_t after = static_cast<std::size_t>(end) + bytes;
  rlimit limit{};
  return after <= recording::kStartsBytesMax && getrlimit(RLIMIT_FSIZE, &limit) == 0 && after <= limit.rlim_cur;
}

struct Texts {
  const char* path;
  const char* directory;
  const char* search;
};

void Append(StartRecord record, const Texts& texts) {
  static constexpr char kZeros[8] = {};
  record.magic = recording::kStartMagic;
  record.path_bytes = static_cast<std::uint32_t>(std::strlen(texts.path));
  record.directory_bytes = static_cast<std::uint32_t>(std::strlen(texts.directory));
  record.search_bytes = static_cast<std::uint32_t>(std::strlen(texts.search));
  const std::size_t bytes =
      sizeof record + std::size_t{record.path_bytes} + record.directory_bytes + record.search_bytes;
  const std::size_t padding = (8 - bytes % 8) % 8;
  record.bytes = static_cast<std::uint32_t>(bytes + padding);
  const iovec parts[] = {Part(&record, sizeof record), Part(texts.path, record.path_bytes),
                         Part(texts.directory, record.directory_bytes), Part(texts.search, record.search_bytes),
                         Part(kZeros, padding)};
  // The library's own open, write and close are places at which a thread may be cancelled.
  const long fd =
      syscall(SYS_openat, AT_FDCWD, file_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    CountUnwritten();
    return;
  }
  if (HasRoom(static_cast<int>(fd), record.bytes)) syscall(SYS_writev, fd, parts, sizeof parts / sizeof parts[0]);
  syscall(SYS_close, fd);
}

bool StartsWith(const char* text, const char* start) { return std::strncmp(text, start, std::strlen(start)) == 0; }

// What /proc says of the process itself is lost with it: the name is followed now.
[[gnu::noinline]] bool AppendFollowed(const StartRecord& record, const char* path) {
  char target[kDirectoryMax];
  const long length = syscall(SYS_readlinkat, AT_FDCWD, path, target, sizeof target - 1);
  if (length <= 0) return false;
  target[length] = '\0';
  Append(record, {target, "", ""});
  return true;
}

[[gnu::noinline]] void AppendWithDirectory(const StartRecord& record, const char* path, const char* search) {
  char directory[kDirectoryMax];
  // The kernel says "(unreachable)..." for one outside of the root.
  if (syscall(SYS_getcwd, directory, sizeof directory) <= 0 || directory[0] != '/') directory[0] = '\0';
  Append(record, {path, directory, search});
}

// What is not is for the kernel to refuse.
bool IsReadable(const void* memory) { return syscall(SYS_faccessat, AT_FDCWD, memory, F_OK) == 0 || errno != EFAULT; }

void AppendProgram(StartRecord record, const Program& program) {
  if (program.path != nullptr && !IsReadable(program.path)) return;
  if (program.environment != nullptr && !IsReadable(program.environment)) return;
  record.flags = program.flags | FlagsOf(program.environment);
  if (program.path == nullptr) {
    char name[32] = "/proc/self/fd/";
    char digits[12];
    int count = 0;
    auto number = static_cast<unsigned>(program.fd);
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    char* end = name + std::strlen(name);
    while (count > 0) *end++ = digits[--count];
    if (!AppendFollowed(record, name)) Append(record, {name, "", ""});
    return;
  }
  if (StartsWith(program.path, "/proc/") && AppendFollowed(record, program.path)) return;
  if (program.path[0] == '/') {
    Append(record, {program.path, "", ""});
    return;
  }
  const bool searched = (program.flags & StartRecord::kSearched) != 0 && std::strchr(program.path, '/') == nullptr;
  AppendWithDirectory(record, program.path, searched ? SearchPath() : "");
}

StartRecord RecordOf(StartKind kind, const Starting& starting, pid_t pid, int error) {
  StartRecord record{};
  record.kind = kind;
  record.error = error;
  record.time_ns = starting.time_ns;
  record.caller = static_cast<std::uint32_t>(getpid());
  record.pid = static_cast<std::uint32_t>(pid);
  return record;
}

}  // namespace

void PrepareProgramStarts() {
  const char* const directory = RecordingDirectory();
  const std::size_t length = std::strlen(directory);
  if (length == 0) return;
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&PrepareProgramStarts), &info) != 0) own_path = info.dli_fname;
  std::memcpy(file_path + 1, directory + 1, length - 1);
  file_path[length] = '/';
  std::memcpy(file_path + length + 1, recording::kStartsFile, sizeof recording::kStartsFile);
  file_path[0] = '/';  // last: it says that the path is there
}

Starting BeginExec(const Program& program) {
  Starting starting;
  if (file_path[0] == '\0') return starting;
  const KeepErrno keep;
  starting.time_ns = Now();
  AppendProgram(RecordOf(StartKind::kExec, starting, getpid(), 0), program);
  starting.ends_recording = ExecBegins(starting.acquisitions);
  return starting;
}

void ExecFailed(const Program& program, const Starting& starting, int error) {
  if (starting.time_ns == 0) return;
  const KeepErrno keep;
  if (starting.ends_recording) ExecDidNotHappen(starting.acquisitions);
  AppendProgram(RecordOf(StartKind::kExecFailed, starting, getpid(), error), program);
}

Starting BeginSpawn() {
  Starting starting;
  if (file_path[0] == '\0') return starting;
  const KeepErrno keep;
  starting.time_ns = Now();
  return starting;
}

void EndSpawn(const Program& program, const Starting& starting, pid_t pid, int error) {
  if (starting.time_ns == 0) return;
  const KeepErrno keep;
  AppendProgram(RecordOf(StartKind::kSpawn, starting, error == 0 ? pid : 0, error), program);
}

void ShellStarts() {
  const Starting starting = BeginSpawn();
  if (starting.time_ns == 0) return;
  const KeepErrno keep;
  AppendProgram(RecordOf(StartKind::kShell, starting, 0, 0), {"/bin/sh", -1, 0, environ});
}

}  // namespace lockdep::preload
