// Runs the built `lockdep` command, and makes the files it is given.
//
// Thread-compatible.
#ifndef TESTS_TOOLS_COMMAND_H_
#define TESTS_TOOLS_COMMAND_H_

#include <filesystem>
#include <string>
#include <vector>

namespace lockdep {

struct CommandResult {
  int exit_code = -1;  // 128 + signal if it was killed
  std::string out;
  std::string err;
};

// Arguments as they are, without a shell; standard input is empty.  `environment`: NAME=VALUE, beside what there is.
CommandResult RunCommand(const std::vector<std::string>& arguments, const std::string& directory = ".",
                         const std::vector<std::string>& environment = {});

// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file, with the directories above it; returns its path.
  std::string Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace lockdep

#endif  // TESTS_TOOLS_COMMAND_H_
