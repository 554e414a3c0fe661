#include "tests/source_tree.h"

#include <cctype>
#include <cstddef>
#include <fstream>
#include <sstream>

namespace lockdep::tests {
namespace {

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Is the ' at `at` the separator of a number (1'000), not the start of a character?
bool IsDigitSeparator(std::string_view text, std::size_t at) {
  std::size_t start = at;
  while (start > 0 && (IsWord(text[start - 1]) || text[start - 1] == '\'')) --start;
  return start < at && std::isdigit(static_cast<unsigned char>(text[start])) != 0;
}

// The position behind the literal or comment that starts at `at`, or `at` if none does.
std::size_t SkipUncode(std::string_view text, std::size_t at) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) {
    const std::size_t end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end;
  }
  if (rest.starts_with("/*")) return behind("*/", at + 2);
  if (rest.starts_with("R\"") && (at == 0 || !IsWord(text[at - 1]))) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    return behind(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const char quote = text[at];
  if (quote != '"' && (quote != '\'' || IsDigitSeparator(text, at))) return at;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != quote && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
  return end < text.size() ? end + 1 : text.size();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

SourceTree ReadSourceTree(const std::filesystem::path& root) {
  SourceTree tree;
  for (auto entry = std::filesystem::recursive_directory_iterator(root); entry != std::filesystem::end(entry);
       ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (name.starts_with(".") || name.starts_with("build"))) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || name.starts_with(".")) continue;
    const bool wanted = IsSource(name) || name == "CMakeLists.txt";
    tree.emplace(entry->path().lexically_relative(root).generic_string(),
                 wanted ? ReadFile(entry->path()) : std::string());
  }
  return tree;
}

std::string CodeOf(std::string_view text) {
  std::string code;
  std::size_t at = 0;
  while (at < text.size()) {
    const bool line_start = at == 0 || text[at - 1] == '\n';
    if (line_start && text.substr(at).starts_with("#include")) {
      const std::size_t end = text.find('\n', at);
      code += text.substr(at, end - at);
      at = end == std::string_view::npos ? text.size() : end;
      continue;
    }
    const std::size_t end = SkipUncode(text, at);
    if (end == at) {
      code += text[at++];
      continue;
    }
    for (; at < end; ++at) code += text[at] == '\n' ? '\n' : ' ';
  }
  return code;
}

std::vector<Include> IncludesOf(std::string_view text) {
  std::vector<Include> includes;
  std::istringstream lines(CodeOf(text));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.starts_with("#include")) continue;
    const std::size_t open = line.find_first_of("\"<");
    if (open == std::string::npos) continue;
    const std::size_t close = line.find_first_of("\">", open + 1);
    includes.push_back({line.substr(open + 1, close - open - 1), line[open] == '"', number});
  }
  return includes;
}

std::string DirectoryOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

bool IsHeader(std::string_view path) { return path.ends_with(".h"); }
bool IsSource(std::string_view path) { return IsHeader(path) || path.ends_with(".cc"); }

}  // namespace lockdep::tests
