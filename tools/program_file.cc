#include "tools/program_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kScriptsMax = 5;             // that are interpreters of each other; the kernel follows as many
constexpr std::size_t kLineMax = 256;      // of a script, that the kernel looks at
constexpr std::size_t kSegmentsMax = 256;  // of a program; more is no program that we know

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const {
    struct stat status {};
    return fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  }
  std::string Read(std::uint64_t at, std::size_t bytes) const {
    std::string text(bytes, '\0');
    if (at > static_cast<std::uint64_t>(INT64_MAX)) return {};
    const ssize_t got = pread(fd_, text.data(), bytes, static_cast<off_t>(at));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  template <class T>
  std::optional<T> ReadAs(std::uint64_t at) const {
    const std::string bytes = Read(at, sizeof(T));
    if (bytes.size() != sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

 private:
  const int fd_;
};

// What an ELF file says of who can run and load it.
struct Elf {
  unsigned char wordsize = 0;
  unsigned char order = 0;
  std::uint16_t machine = 0;
  std::string loader;  // base name; empty: none
};

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::optional<Elf> ReadElf(const File& file) {
  const auto header = file.ReadAs<Elf64_Ehdr>(0);  // the longer of the two
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  Elf elf{header->e_ident[EI_CLASS], header->e_ident[EI_DATA], header->e_machine, {}};
  if (elf.wordsize != ELFCLASS64 || header->e_phentsize != sizeof(Elf64_Phdr)) return elf;
  for (std::size_t i = 0; i < header->e_phnum && i < kSegmentsMax; ++i) {
    const auto segment = file.ReadAs<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment || segment->p_type != PT_INTERP || segment->p_filesz > PATH_MAX) continue;
    const std::string loader = file.Read(segment->p_offset, segment->p_filesz);
    elf.loader = BaseName(loader.c_str());
  }
  return elf;
}

// This command is a program that the recorder can be loaded into.
const Elf& OwnElf() {
  static const Elf own = ReadElf(File("/proc/self/exe")).value_or(Elf{});
  return own;
}

// Whether the loader would drop what the environment tells it, were it run by us.
bool IsPrivileged(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) return false;
  struct statvfs system {};
  if (statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_NOSUID) != 0) return false;
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) return true;
  if ((status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0 && status.st_gid != getgid()) return true;
  return getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

ProgramKind KindOf(const Elf& elf, const std::string& path) {
  const Elf& own = OwnElf();
  if (elf.wordsize != own.wordsize || elf.order != own.order || elf.machine != own.machine) {
    return ProgramKind::kArchitecture;
  }
  // The loader may itself be run, with a program as its argument.
  if (elf.loader.empty() && BaseName(path) != own.loader) return ProgramKind::kStatic;
  if (!elf.loader.empty() && elf.loader != own.loader) return ProgramKind::kLibrary;
  return IsPrivileged(path) ? ProgramKind::kPrivileged : ProgramKind::kRecordable;
}

// Of a line "#!interpreter argument"; empty if there is none.
std::string InterpreterOf(const std::string& line) {
  const std::string text = line.substr(2, line.find('\n') == std::string::npos ? line.npos : line.find('\n') - 2);
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_first_of(" \t\0", begin) - begin);
}

std::string Absolute(const std::string& path, const std::string& directory) {
  return path.empty() || path[0] == '/' || directory.empty() ? path : directory + '/' + path;
}

bool CanBeRun(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

ProgramFile LookAtProgram(const std::string& path, bool shell_reads, const std::string& directory) {
  ProgramFile result;
  result.path = path;
  for (int scripts = 0; scripts <= kScriptsMax; ++scripts) {
    std::error_code error;
    if (const fs::path real = fs::canonical(result.path, error); !error) result.path = real.string();
    const File file(result.path);
    if (!file.ok()) {
      result.kind = ProgramKind::kGone;
      return result;
    }
    if (const std::optional<Elf> elf = ReadElf(file)) {
      result.kind = KindOf(*elf, result.path);
      return result;
    }
    const std::string line = file.Read(0, kLineMax);
    std::string interpreter;
    if (line.rfind("#!", 0) == 0) {
      interpreter = InterpreterOf(line);
    } else if (shell_reads) {
      interpreter = "/bin/sh";
    }
    if (interpreter.empty()) break;
    result.path = Absolute(interpreter, directory);
    shell_reads = false;
  }
  result.kind = ProgramKind::kNoProgram;
  return result;
}

std::string FindProgram(const std::string& name, std::string_view search, const std::string& directory) {
  if (name.find('/') != std::string::npos || search.empty()) return Absolute(name, directory);
  for (;;) {
    const std::size_t colon = search.find(':');
    const std::string place(search.substr(0, colon));
    // An empty part is the directory itself.
    const std::string candidate = Absolute((place.empty() ? "." : place) + '/' + name, directory);
    if (CanBeRun(candidate)) return candidate;
    if (colon == std::string_view::npos) return {};
    search.remove_prefix(colon + 1);
  }
}

}  // namespace lockdep::tools
