#include "tools/whole_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/catch.h"
#include "tests/tools/command.h"

namespace lockdep::tools {
namespace {

namespace fs = std::filesystem;

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t FilesIn(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST_CASE("a file is made, and replaced", "[tools][whole-file]") {
  const TemporaryDirectory files;
  const std::string path = files.path() / "x";
  CHECK(WriteWhole(path, "one\n").ok());
  CHECK(Content(path) == "one\n");
  CHECK(WriteWhole(path, std::string("\0two", 4)).ok());
  CHECK(Content(path) == std::string("\0two", 4));
  CHECK(WriteWhole(path, "").ok());
  CHECK(Content(path).empty());
  CHECK(FilesIn(files.path()) == 1);
}

TEST_CASE("a file that is replaced keeps its permissions", "[tools][whole-file]") {
  const TemporaryDirectory files;
  const std::string path = files.Write("x", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  CHECK(WriteWhole(path, "new").ok());
  CHECK((fs::status(path).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
}

TEST_CASE("a symbolic link stays one", "[tools][whole-file]") {
  const TemporaryDirectory files;
  const std::string target = files.Write("d/target", "old");
  const fs::path link = files.path() / "link";
  fs::create_symlink("d/target", link);
  CHECK(WriteWhole(link, "new").ok());
  CHECK(fs::is_symlink(link));
  CHECK(Content(target) == "new");
}

TEST_CASE("a device is written to as it is", "[tools][whole-file]") {
  CHECK(WriteWhole("/dev/null", "text").ok());
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("what cannot be written is told, and nothing is left behind", "[tools][whole-file]") {
  const TemporaryDirectory files;
  const std::string missing = files.path() / "no/x";
  CHECK(WriteWhole(missing, "text").message() == missing + ": No such file or directory");
  CHECK(WriteWhole(files.path(), "text").message() == files.path().string() + ": Is a directory");
  CHECK(WriteWhole("/dev/full", "text").message() == "/dev/full: No space left on device");
  CHECK(CanBeWritten(missing).message() == missing + ": No such file or directory");
  CHECK(CanBeWritten(files.path()).message() == files.path().string() + ": Is a directory");
  CHECK(CanBeWritten(files.path() / "new").ok());
  CHECK(CanBeWritten("new").ok());
  CHECK(CanBeWritten("/dev/null").ok());
  CHECK(FilesIn(files.path()) == 0);
  const std::string kept = files.Write("kept", "old");
  fs::permissions(kept, fs::perms::owner_read);
  if (::access(kept.c_str(), W_OK) == 0) {
    WARN("not checked: this user (root) may write every file");
    return;
  }
  CHECK(WriteWhole(kept, "new").message() == kept + ": Permission denied");
  CHECK(CanBeWritten(kept).message() == kept + ": Permission denied");
  CHECK(Content(kept) == "old");
}

}  // namespace
}  // namespace lockdep::tools
