#include "tools/script_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/status/status.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

void AddDirectory(const std::string& path, std::vector<std::string>& found, std::vector<std::string>& errors) {
  std::error_code error;
  fs::recursive_directory_iterator it(path, error);
  const std::size_t before = found.size();
  while (!error && it != fs::recursive_directory_iterator()) {
    std::error_code is_file_error;
    // A pipe of that name would be waited for.
    if (it->path().extension() == ".workload" && it->is_regular_file(is_file_error))
      found.push_back(it->path().string());
    it.increment(error);
  }
  if (error) {
    errors.push_back(path + ": " + error.message());
  } else if (found.size() == before) {
    errors.push_back(path + ": a directory without *.workload files");
  }
  std::sort(found.begin() + static_cast<std::ptrdiff_t>(before), found.end());
}

absl::Status SystemError(const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(errno), path + ": " + std::strerror(errno));
}

}  // namespace

ScriptFiles FindScripts(const std::vector<std::string>& paths) {
  ScriptFiles result;
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (error || !fs::exists(status)) {
      result.errors.push_back(path + ": " + (error ? error.message() : std::string("No such file or directory")));
    } else if (fs::is_directory(status)) {
      AddDirectory(path, found, result.errors);
    } else {
      found.push_back(path);
    }
  }
  std::set<std::string> seen;
  for (std::string& each : found) {
    if (seen.insert(fs::path(each).lexically_normal().string()).second) result.files.push_back(std::move(each));
  }
  return result;
}

absl::StatusOr<std::string> ReadScript(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError(path);
  std::string text;
  char buffer[1 << 16];
  ssize_t count = 0;
  while ((count = ::read(file, buffer, sizeof buffer)) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kScriptBytesMax) break;
  }
  const absl::Status status = count < 0 ? SystemError(path) : absl::OkStatus();
  ::close(file);
  if (!status.ok()) return status;
  if (text.size() > kScriptBytesMax) {
    return absl::InvalidArgumentError(path + ": larger than " + std::to_string(kScriptBytesMax >> 20U) + " MiB");
  }
  return text;
}

}  // namespace lockdep::tools
