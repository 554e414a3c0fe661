#include "tools/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace lockdep::tools {
namespace {

absl::Status SystemError(const std::string& path, int error) {
  return absl::Status(absl::ErrnoToStatusCode(error), path + ": " + std::strerror(error));
}

// 0, or what is wrong.
int WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int Close(int file, int error) {
  const int closed = ::close(file) == 0 ? 0 : errno;
  return error != 0 ? error : closed;
}

absl::Status WriteInPlace(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return SystemError(path, errno);
  const int error = Close(file, WriteAll(file, text));
  return error == 0 ? absl::OkStatus() : SystemError(path, error);
}

// A new file beside `path`; its name is put into `name`.
int CreateBeside(const std::string& path, mode_t mode, std::string& name) {
  for (int number = 0; number < 100; ++number) {
    name = path + ".new" + std::to_string(::getpid()) + '-' + std::to_string(number);
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}

// Where the links of `path` lead, also if nothing is there yet.
std::string Target(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target.string();
}

}  // namespace

absl::Status CanBeWritten(const std::string& path) {
  struct stat status = {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return SystemError(path, EISDIR);
  if (exists && ::access(path.c_str(), W_OK) != 0) return SystemError(path, errno);
  if (exists && !S_ISREG(status.st_mode)) return absl::OkStatus();
  const std::filesystem::path directory = std::filesystem::path(Target(path)).parent_path();
  const char* const beside = directory.empty() ? "." : directory.c_str();
  return ::access(beside, W_OK | X_OK) == 0 ? absl::OkStatus() : SystemError(path, errno);
}

absl::Status WriteWhole(const std::string& path, std::string_view text) {
  struct stat status = {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return SystemError(path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) return WriteInPlace(path, text);
  if (exists && ::access(path.c_str(), W_OK) != 0) return SystemError(path, errno);
  const std::string target = Target(path);
  std::string name;
  const int file = CreateBeside(target, 0666, name);
  if (file < 0) return SystemError(path, errno);
  int error = WriteAll(file, text);
  if (error == 0 && exists && ::fchmod(file, status.st_mode & 07777U) != 0) error = errno;
  if (error == 0 && ::fsync(file) != 0) error = errno;
  error = Close(file, error);
  if (error == 0 && ::rename(name.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  ::unlink(name.c_str());
  return SystemError(path, error);
}

bool IsStandardOutputWritten() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

}  // namespace lockdep::tools
