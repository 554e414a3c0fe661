// The project's own source files, for tests about the sources themselves.
#ifndef TESTS_SOURCE_TREE_H_
#define TESTS_SOURCE_TREE_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockdep::tests {

// Path relative to the project's root -> contents.  Contents are read for .h, .cc and
// CMakeLists.txt; of any other file only the name is known.
using SourceTree = std::map<std::string, std::string>;

// All files below `root` except hidden ones and build trees.
SourceTree ReadSourceTree(const std::filesystem::path& root);

// The text with comments and the insides of string and character literals blanked, line for line;
// #include lines are kept as they are.
std::string CodeOf(std::string_view text);

struct Include {
  std::string path;
  bool quoted = false;  // "path", not <path>
  int line = 0;
};

std::vector<Include> IncludesOf(std::string_view text);

// "a/b" of "a/b/c.h"; "" of "c.h".
std::string DirectoryOf(std::string_view path);

bool IsHeader(std::string_view path);
bool IsSource(std::string_view path);  // a header or a .cc

}  // namespace lockdep::tests

#endif  // TESTS_SOURCE_TREE_H_
