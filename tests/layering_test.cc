// What the directory structure promises, checked on the sources themselves.  Each rule is first
// shown to catch a breach in a made-up tree.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/source_tree.h"

namespace lockdep::tests {
namespace {

using Breaches = std::vector<std::string>;

// The one total order of the layers, lowest first; `with` belongs to the same layer.
struct Layer {
  std::string_view directory;
  std::string_view with = directory;
  bool deep = false;  // its subdirectories belong to it, whatever their names
};
constexpr Layer kLayers[] = {
    {"lockdep", "lockdep/raw"},       {"lockdep/explore"},     {"lockdep/kernel"}, {"hotplug", "hotplug", true},
    {"workloads", "workloads", true}, {"tools", "tools", true}};
// A leaf beside the order: loaded into foreign programs, so it uses only headers of lockdep/ that
// need nothing but the standard library, and nobody uses it.
constexpr std::string_view kPreload = "lockdep/preload";

// Where a lock of the standard library may be named below tools/, and why.
const std::map<std::string, std::string> kStandardLocksAllowed = {
    {"lockdep/cond_var.h", "std::cv_status is what a timed wait returns, as that of std::condition_variable_any"},
};

const SourceTree& Project() {
  static const SourceTree tree = ReadSourceTree(LOCKDEP_SOURCE_DIR);
  return tree;
}

bool IsIn(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && path.substr(directory.size()).starts_with('/');
}

// The rank of a file's layer; nothing for a file that has no place in the order.
std::optional<int> RankOf(std::string_view path) {
  const std::string directory = DirectoryOf(path);
  for (int rank = 0; rank < std::ssize(kLayers); ++rank) {
    const Layer& layer = kLayers[rank];
    if (directory == layer.directory || directory == layer.with) return rank;
    if (layer.deep && IsIn(directory, layer.directory)) return rank;
  }
  return std::nullopt;
}

std::string At(const std::string& path, const Include& include) {
  return path + ":" + std::to_string(include.line) + ": includes " + include.path;
}

template <typename Bad>
Breaches BadIncludes(const SourceTree& tree, Bad bad) {
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    if (!IsSource(path)) continue;
    for (const Include& include : IncludesOf(text)) {
      if (bad(path, include)) breaches.push_back(At(path, include));
    }
  }
  return breaches;
}

Breaches FilesWithoutLayer(const SourceTree& tree) {
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    if (IsSource(path) && !IsIn(path, "tests") && !IsIn(path, kPreload) && !RankOf(path)) breaches.push_back(path);
  }
  return breaches;
}

Breaches UpwardIncludes(const SourceTree& tree) {
  return BadIncludes(tree, [&](const std::string& path, const Include& include) {
    if (IsIn(path, "tests")) return false;
    if (IsIn(include.path, "tests")) return true;
    if (IsIn(include.path, kPreload)) return !IsIn(path, kPreload);
    const std::optional<int> from = IsIn(path, kPreload) ? RankOf("lockdep/x") : RankOf(path);
    const std::optional<int> to = RankOf(include.path);
    return from && to && *to > *from;
  });
}

// Quoted: a file of the project named from its root, or abseil.  In angle brackets: anything else.
Breaches IncludesNotFromTheRoot(const SourceTree& tree) {
  return BadIncludes(tree, [&](const std::string&, const Include& include) {
    return include.quoted != (tree.contains(include.path) || include.path.starts_with("absl/"));
  });
}

Breaches LoggingBelowTools(const SourceTree& tree) {
  return BadIncludes(tree, [](const std::string& path, const Include& include) {
    return include.path.starts_with("spdlog/") && !IsIn(path, "tools") && !IsIn(path, "tests");
  });
}

// Locks of the standard library below tools/: a preloaded recorder intercepts them (own_mutex.h).
Breaches StandardLocks(const SourceTree& tree, const std::map<std::string, std::string>& allowed) {
  static constexpr std::string_view kNames[] = {
      "std::mutex",        "std::timed_mutex",        "std::recursive_mutex",    "std::recursive_timed_mutex",
      "std::shared_mutex", "std::shared_timed_mutex", "std::condition_variable", "<mutex>",
      "<shared_mutex>",    "<condition_variable>"};
  Breaches breaches;
  std::set<std::string> used;
  for (const auto& [path, text] : tree) {
    if (!IsSource(path) || IsIn(path, "tools") || IsIn(path, "tests")) continue;
    const std::string code = CodeOf(text);
    for (const std::string_view name : kNames) {
      if (code.find(name) == std::string::npos) continue;
      used.insert(path);
      if (!allowed.contains(path)) breaches.push_back(path + ": " + std::string(name));
    }
  }
  for (const auto& [path, reason] : allowed) {
    if (!used.contains(path)) breaches.push_back(path + ": is allowed a standard lock but has none");
  }
  return breaches;
}

std::string GuardOf(std::string_view path) {
  std::string guard;
  for (const char c : path) {
    guard += std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::toupper(c)) : '_';
  }
  return guard + "_";
}

Breaches WrongGuards(const SourceTree& tree) {
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    if (!IsHeader(path)) continue;
    const std::string guard = GuardOf(path);
    const bool right = text.find("\n#ifndef " + guard + "\n#define " + guard + "\n") != std::string::npos &&
                       text.ends_with("\n#endif  // " + guard + "\n");
    if (!right) breaches.push_back(path + ": the include guard is not " + guard);
  }
  return breaches;
}

// Directories of sources, except those in tests/ that mirror one and are explained there, and parts
// of a directory in tests/.
Breaches DirectoriesWithoutReadme(const SourceTree& tree) {
  std::set<std::string> directories;
  for (const auto& [path, text] : tree) {
    if (IsSource(path)) directories.insert(DirectoryOf(path));
  }
  Breaches breaches;
  for (const std::string& directory : directories) {
    const bool mirror =
        IsIn(directory, "tests") && directories.contains(directory.substr(std::string("tests/").size()));
    const bool part = IsIn(DirectoryOf(directory), "tests");
    if (!mirror && !part && !tree.contains(directory + "/README.md")) breaches.push_back(directory);
  }
  return breaches;
}

// A source that no CMakeLists.txt names is compiled by nobody; a test, run by nobody.  A list that adds
// ${name}.cc names it without the ending.
Breaches UnbuiltSources(const SourceTree& tree) {
  std::set<std::string> built;
  std::set<std::string> whole_directories;  // of which a pattern names all
  for (const auto& [path, text] : tree) {
    if (std::filesystem::path(path).filename() != "CMakeLists.txt") continue;
    const bool by_stem = text.find("${name}.cc") != std::string::npos;
    std::string words = text;
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '(' || c == ')'; }, ' ');
    std::istringstream stream(words);
    for (std::string word; stream >> word;) {
      const std::filesystem::path named = std::filesystem::path(DirectoryOf(path)) / word;
      built.insert(named.lexically_normal().generic_string());
      if (named.filename() == "*.cc") whole_directories.insert(named.parent_path().lexically_normal().generic_string());
      if (by_stem) built.insert(named.generic_string() + ".cc");
    }
  }
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    const bool with_all = whole_directories.contains(DirectoryOf(path));
    if (path.ends_with(".cc") && !with_all && !built.contains(path)) breaches.push_back(path);
  }
  return breaches;
}

// CMake's lists would cut such a name in two, of which neither is a test.
Breaches TestsWithSemicolon(const SourceTree& tree) {
  static const std::string kBegin = std::string("TEST_CASE") + "(\"";
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    if (!path.ends_with("_test.cc")) continue;
    for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
      const std::size_t begin = at + kBegin.size();
      const std::string name = text.substr(begin, text.find('"', begin) - begin);
      if (name.find(';') != std::string::npos) breaches.push_back(path + ": " + name);
    }
  }
  return breaches;
}

// x.cc includes x.h before anything else, which proves that x.h stands on its own.
Breaches OwnHeaderNotFirst(const SourceTree& tree) {
  Breaches breaches;
  for (const auto& [path, text] : tree) {
    if (!path.ends_with(".cc")) continue;
    const std::string header = path.substr(0, path.size() - std::string(".cc").size()) + ".h";
    if (!tree.contains(header)) continue;
    const std::vector<Include> includes = IncludesOf(text);
    if (includes.empty() || includes.front().path != header) breaches.push_back(path);
  }
  return breaches;
}

// Headers in a directory that belong to the system, not to another library.
bool IsSystemDirectory(std::string_view directory) {
  return directory.empty() || directory == "sys" || directory == "linux" || directory == "asm";
}

// What the recorder includes, directly or not, outside lockdep/ and the system's headers.
Breaches PreloadDependencies(const SourceTree& tree) {
  Breaches breaches;
  std::set<std::string> seen;
  std::vector<std::string> open;
  for (const auto& [path, text] : tree) {
    if (IsSource(path) && IsIn(path, kPreload)) open.push_back(path);
  }
  while (!open.empty()) {
    const std::string path = std::move(open.back());
    open.pop_back();
    if (!seen.insert(path).second) continue;
    for (const Include& include : IncludesOf(tree.at(path))) {
      const bool of_lockdep = IsIn(include.path, kPreload) || DirectoryOf(include.path) == "lockdep";
      if (tree.contains(include.path) && of_lockdep) {
        open.push_back(include.path);
      } else if (include.quoted || !IsSystemDirectory(DirectoryOf(include.path))) {
        breaches.push_back(At(path, include));
      }
    }
  }
  return breaches;
}

void CheckNone(const Breaches& breaches) {
  for (const std::string& breach : breaches) UNSCOPED_INFO(breach);
  CHECK(breaches.empty());
}

TEST_CASE("the sources are found", "[layering]") {
  CHECK(Project().contains("lockdep/check.h"));
  CHECK(Project().contains("tests/layering_test.cc"));
}

TEST_CASE("comments and literals are not code", "[layering]") {
  CHECK(CodeOf("a // b\nc") == "a     \nc");
  CHECK(CodeOf("a /* b\n */ c") == "a     \n    c");
  CHECK(CodeOf("f(\"\\\"x\"); y") == "f(     ); y");
  CHECK(CodeOf("n = 1'000; m = 'x'; // '") == "n = 1'000; m =    ;     ");
  CHECK(CodeOf("R\"(a\" b)\" c") == "          c");
  CHECK(IncludesOf("// #include \"a.h\"\n#include \"b.h\"  // why\n#include <c>\n").size() == 2);
}

TEST_CASE("every source belongs to a layer", "[layering]") {
  CHECK(FilesWithoutLayer({{"lockdep/other/a.h", ""}}).size() == 1);
  CHECK(FilesWithoutLayer({{"a.cc", ""}}).size() == 1);
  CHECK(FilesWithoutLayer({{"lockdep/explore/a.h", ""}, {"lockdep/raw/a.h", ""}, {"tools/b/a.cc", ""}}).empty());
  CheckNone(FilesWithoutLayer(Project()));
}

TEST_CASE("includes only go down the layers", "[layering]") {
  CHECK(UpwardIncludes({{"lockdep/a.cc", "#include \"lockdep/explore/b.h\"\n"}}).size() == 1);
  CHECK(UpwardIncludes({{"lockdep/explore/a.h", "#include \"lockdep/kernel/b.h\"\n"}}).size() == 1);
  CHECK(UpwardIncludes({{"workloads/a.h", "\n#include \"tools/b.h\"\n"}}) ==
        Breaches{"workloads/a.h:2: includes tools/b.h"});
  CHECK(UpwardIncludes({{"tools/a.h", "#include \"tests/b.h\"\n"}}).size() == 1);
  CHECK(UpwardIncludes({{"tools/a.h", "#include \"lockdep/preload/b.h\"\n"}}).size() == 1);
  CHECK(UpwardIncludes({{"lockdep/preload/a.cc", "#include \"hotplug/b.h\"\n"}}).size() == 1);
  CHECK(UpwardIncludes({{"hotplug/a.h", "#include \"lockdep/b.h\"\n#include \"lockdep/explore/b.h\"\n"}}).empty());
  CheckNone(UpwardIncludes(Project()));
}

TEST_CASE("includes name files from the root of the project", "[layering]") {
  CHECK(IncludesNotFromTheRoot({{"lockdep/a.cc", "#include \"a.h\"\n"}, {"lockdep/a.h", ""}}).size() == 1);
  CHECK(IncludesNotFromTheRoot({{"lockdep/a.cc", "#include <lockdep/a.h>\n"}, {"lockdep/a.h", ""}}).size() == 1);
  CHECK(IncludesNotFromTheRoot({{"lockdep/a.cc", "#include \"absl/status/status.h\"\n#include <map>\n"}}).empty());
  CheckNone(IncludesNotFromTheRoot(Project()));
}

TEST_CASE("only the command logs", "[layering]") {
  CHECK(LoggingBelowTools({{"workloads/a.cc", "#include <spdlog/spdlog.h>\n"}}).size() == 1);
  CHECK(LoggingBelowTools({{"tools/a.cc", "#include <spdlog/spdlog.h>\n"}}).empty());
  CheckNone(LoggingBelowTools(Project()));
}

TEST_CASE("below the command nobody uses a lock of the standard library", "[layering]") {
  CHECK(StandardLocks({{"lockdep/a.h", "std::mutex m;\n"}}, {}).size() == 1);
  CHECK(StandardLocks({{"hotplug/a.h", "#include <mutex>\n"}}, {}).size() == 1);
  CHECK(StandardLocks({{"lockdep/a.h", "// not std::mutex\n"}}, {}).empty());
  CHECK(StandardLocks({{"lockdep/a.h", "std::mutex m;\n"}}, {{"lockdep/a.h", "reason"}}).empty());
  CHECK(StandardLocks({{"lockdep/a.h", "int m;\n"}}, {{"lockdep/a.h", "reason"}}).size() == 1);
  CheckNone(StandardLocks(Project(), kStandardLocksAllowed));
}

TEST_CASE("a header's guard is its path", "[layering]") {
  const std::string right = "\n#ifndef LOCKDEP_A_H_\n#define LOCKDEP_A_H_\n#endif  // LOCKDEP_A_H_\n";
  CHECK(WrongGuards({{"lockdep/a.h", right}}).empty());
  CHECK(WrongGuards({{"lockdep/b.h", right}}).size() == 1);
  CheckNone(WrongGuards(Project()));
}

TEST_CASE("every directory of sources explains itself in a README", "[layering]") {
  CHECK(DirectoriesWithoutReadme({{"lockdep/a.h", ""}}) == Breaches{"lockdep"});
  CHECK(DirectoriesWithoutReadme({{"lockdep/a.h", ""}, {"lockdep/README.md", ""}, {"tests/lockdep/a.cc", ""}}).empty());
  CHECK(DirectoriesWithoutReadme({{"tests/fuzz/a.cc", ""}}).size() == 1);
  CheckNone(DirectoriesWithoutReadme(Project()));
}

TEST_CASE("every source is built", "[layering]") {
  CHECK(UnbuiltSources({{"lockdep/a.cc", ""}}).size() == 1);
  CHECK(UnbuiltSources({{"lockdep/a.cc", ""}, {"lockdep/CMakeLists.txt", "add_library(x aa.cc)"}}).size() == 1);
  CHECK(UnbuiltSources({{"lockdep/a.cc", ""}, {"lockdep/CMakeLists.txt", "add_library(x STATIC\n  a.cc)"}}).empty());
  CHECK(UnbuiltSources({{"tests/a.cc", ""}, {"tests/b/CMakeLists.txt", "test(b ../a.cc)"}}).empty());
  CHECK(UnbuiltSources({{"tests/a.cc", ""}, {"tests/CMakeLists.txt", "add(x ${name}.cc)\nf(a)"}}).empty());
  CHECK(UnbuiltSources({{"tests/a.cc", ""}, {"tests/CMakeLists.txt", "f(a)"}}).size() == 1);
  CHECK(UnbuiltSources({{"tests/b/a.cc", ""}, {"tests/CMakeLists.txt", "file(GLOB all b/*.cc)"}}).empty());
  CHECK(UnbuiltSources({{"tests/b/c/a.cc", ""}, {"tests/CMakeLists.txt", "file(GLOB all b/*.cc)"}}).size() == 1);
  CheckNone(UnbuiltSources(Project()));
}

TEST_CASE("every test case has a name that it can be run by", "[layering]") {
  const std::string macro = "TEST_CASE";
  CHECK(TestsWithSemicolon({{"tests/a_test.cc", macro + "(\"one; two\", \"[a]\")"}}).size() == 1);
  CHECK(TestsWithSemicolon({{"tests/a_test.cc", macro + "(\"one, two\", \"[a]\") { a(); b(\";\"); }"}}).empty());
  CheckNone(TestsWithSemicolon(Project()));
}

TEST_CASE("a source includes its own header first", "[layering]") {
  CHECK(
      OwnHeaderNotFirst({{"lockdep/a.h", ""}, {"lockdep/a.cc", "#include <map>\n#include \"lockdep/a.h\"\n"}}).size() ==
      1);
  CHECK(
      OwnHeaderNotFirst({{"lockdep/a.h", ""}, {"lockdep/a.cc", "#include \"lockdep/a.h\"\n#include <map>\n"}}).empty());
  CheckNone(OwnHeaderNotFirst(Project()));
}

TEST_CASE("the preloaded recorder needs only the standard library", "[layering]") {
  const std::string recorder = "#include \"lockdep/b.h\"\n#include <cstdint>\n";
  CHECK(PreloadDependencies({{"lockdep/preload/a.cc", recorder}, {"lockdep/b.h", "#include <map>\n"}}).empty());
  CHECK(PreloadDependencies({{"lockdep/preload/a.cc", recorder}, {"lockdep/b.h", "#include \"absl/a.h\"\n"}}).size() ==
        1);
  CHECK(PreloadDependencies({{"lockdep/preload/a.cc", "#include \"tools/b.h\"\n"}, {"tools/b.h", ""}}).size() == 1);
  CHECK(PreloadDependencies({{"lockdep/preload/a.cc", "#include <boost/a.hpp>\n#include <sys/a.h>\n"}}).size() == 1);
  CheckNone(PreloadDependencies(Project()));
}

}  // namespace
}  // namespace lockdep::tests
