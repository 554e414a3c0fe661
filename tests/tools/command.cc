#include "tests/tools/command.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/catch.h"

namespace lockdep {
namespace {

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void Execute(const std::vector<std::string>& arguments, const std::string& directory,
                          std::vector<std::string> environment, const std::string& out, const std::string& err) {
  std::vector<char*> argv;
  std::string command = LOCKDEP_COMMAND;
  argv.push_back(command.data());
  std::vector<std::string> copies = arguments;
  for (std::string& each : copies) argv.push_back(each.data());
  argv.push_back(nullptr);
  for (std::string& each : environment) ::putenv(each.data());
  for (const int ignored_in_background : {SIGINT, SIGQUIT}) ::signal(ignored_in_background, SIG_DFL);
  const int in = ::open("/dev/null", O_RDONLY);
  const int to_out = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int to_err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (::dup2(in, 0) >= 0 && ::dup2(to_out, 1) >= 0 && ::dup2(to_err, 2) >= 0 && ::chdir(directory.c_str()) == 0) {
    ::execv(command.c_str(), argv.data());
  }
  ::_exit(127);
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& arguments, const std::string& directory,
                         const std::vector<std::string>& environment) {
  const TemporaryDirectory outputs;
  const std::string out = outputs.path() / "out";
  const std::string err = outputs.path() / "err";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) Execute(arguments, directory, environment, out, err);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadAll(out), ReadAll(err)};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "lockdep-test-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::Write(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace lockdep
