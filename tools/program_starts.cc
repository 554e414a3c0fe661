#include "tools/program_starts.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/status/status.h"

namespace lockdep::tools {
namespace {

using recording::StartKind;
using recording::StartRecord;

// What is wrong with a record of which `left` bytes are there; null: nothing.
const char* WrongWith(const StartRecord& record, std::size_t left) {
  if (record.magic != recording::kStartMagic) return "does not begin as one";
  if (record.bytes % 8 != 0 || record.bytes > left) return "has a wrong size";
  const std::uint64_t needed =
      sizeof record + std::uint64_t{record.path_bytes} + record.directory_bytes + record.search_bytes;
  if (needed > record.bytes) return "is too short";
  if (record.kind < StartKind::kExec || record.kind > StartKind::kShell) return "is of no known kind";
  return nullptr;
}

}  // namespace

ProgramStarts ParseProgramStarts(const std::string& name, std::string_view bytes) {
  ProgramStarts result;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t left = bytes.size() - at;
    StartRecord record{};
    const char* wrong = "is cut off";
    if (left >= sizeof record) {
      std::memcpy(&record, bytes.data() + at, sizeof record);
      wrong = WrongWith(record, left);
    }
    if (wrong != nullptr) {
      result.damage = name + ": the record at byte " + std::to_string(at) + ' ' + wrong +
                      "; programs that were started after it are not known";
      return result;
    }
    std::string_view texts = bytes.substr(at + sizeof record);
    const auto text = [&texts](std::uint32_t size) {
      std::string next(texts.substr(0, size));
      texts.remove_prefix(size);
      return next;
    };
    ProgramStart start{record.kind, record.flags, record.error, record.time_ns, record.caller, record.pid, {}, {}, {}};
    start.path = text(record.path_bytes);
    start.directory = text(record.directory_bytes);
    start.search = text(record.search_bytes);
    result.starts.push_back(std::move(start));
    at += record.bytes;
  }
  if (bytes.size() + (std::size_t{64} << 10) > recording::kStartsBytesMax) {
    result.damage = name + ": is full; programs that were started later are not known";
  }
  return result;
}

absl::StatusOr<ProgramStarts> ReadProgramStarts(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return ProgramStarts{};
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file || file.bad()) return absl::UnavailableError(path + ": cannot be read: " + std::strerror(errno));
  return ParseProgramStarts(path, bytes);
}

}  // namespace lockdep::tools
