#include "tools/kernel_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "lockdep/kernel/know_sets.h"

namespace lockdep::tools {
namespace {

absl::Status SystemError(const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(errno), path + ": " + std::strerror(errno));
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::string text;
  const absl::Status status = ReadPieces(path, [&text](std::string_view piece) { text.append(piece); });
  if (!status.ok()) return status;
  return text;
}

// The name of a set that comes with the command, else a file.
absl::StatusOr<std::string> ReadRules(const std::string& name) {
  if (const std::optional<std::string_view> set = kernel::KnowSet(name)) return std::string(*set);
  absl::StatusOr<std::string> text = ReadWhole(name);
  if (!absl::IsNotFound(text.status())) return text;
  std::string known;
  for (const std::string_view each : kernel::KnowSetNames()) known += (known.empty() ? "" : ", ") + std::string(each);
  return absl::NotFoundError(std::string(text.status().message()) + "; rules that come with it: " + known);
}

}  // namespace

absl::Status ReadPieces(const std::string& path, const std::function<void(std::string_view)>& piece) {
  const int file = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError(path);
  char buffer[1 << 16];
  ssize_t count = 0;
  while ((count = ::read(file, buffer, sizeof buffer)) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    piece(std::string_view(buffer, static_cast<std::size_t>(count)));
  }
  const absl::Status status = count < 0 ? SystemError(path) : absl::OkStatus();
  ::close(file);
  return status;
}

absl::Status KernelFiles::Read(const std::string& chains, const std::string& classes,
                               const std::vector<std::string>& rules) {
  if (!chains.empty()) {
    const absl::StatusOr<std::string> text = ReadWhole(chains);
    if (!text.ok()) return text.status();
    absl::StatusOr<kernel::ChainTable> table = kernel::ParseChains(*text, chains);
    if (!table.ok()) return table.status();
    table_ = std::make_unique<kernel::ChainTable>(*std::move(table));
    graph_ = std::make_unique<kernel::ChainGraph>(*table_);
  }
  if (!classes.empty()) {
    const absl::StatusOr<std::string> text = ReadWhole(classes);
    if (!text.ok()) return text.status();
    absl::StatusOr<kernel::ClassUsage> usage = kernel::ParseClasses(*text, classes);
    if (!usage.ok()) return usage.status();
    classes_ = std::make_unique<kernel::ClassUsage>(*std::move(usage));
  }
  for (const std::string& each : rules) {
    if (rules_ == nullptr) rules_ = std::make_unique<kernel::KnowRules>();
    const absl::StatusOr<std::string> text = ReadRules(each);
    if (!text.ok()) return text.status();
    if (const absl::Status status = kernel::ParseRules(*text, each, *rules_); !status.ok()) return status;
  }
  return absl::OkStatus();
}

kernel::Evidence KernelFiles::evidence() const {
  kernel::Evidence evidence;
  evidence.chains = graph_.get();
  evidence.classes = classes_.get();
  evidence.rules = rules_.get();
  return evidence;
}

}  // namespace lockdep::tools
