#include "tools/input_lines.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace lockdep::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }

}  // namespace

std::vector<InputLine> LinesOf(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<InputLine> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back({line, static_cast<int>(lines.size()) + 1});
  }
  return lines;
}

std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), IsControl, ' ');
  // What was read before must read back as the same.
  return std::string(WithoutBlanks(line));
}

void InputErrors::Add(const InputLine& line, std::string_view at, std::string_view what) {
  const std::less_equal<const char*> before;
  const char* const begin = line.text.data();
  const bool inside = !at.empty() && before(begin, at.data()) && before(at.data(), begin + line.text.size());
  const std::size_t offset = inside ? static_cast<std::size_t>(at.data() - begin) : line.text.size();
  if (!text_.empty()) text_ += '\n';
  text_ += file_ + ':' + std::to_string(line.number) + ':' + std::to_string(offset + 1) + ": " + std::string(what);
}

absl::Status InputErrors::status() const {
  return text_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(text_);
}

std::string Quoted(std::string_view word) {
  constexpr std::size_t kLong = 40;
  std::string quoted(word.substr(0, kLong));
  std::replace_if(
      quoted.begin(), quoted.end(), [](char c) { return IsControl(c) || static_cast<unsigned char>(c) >= 0x80; }, '.');
  return '\'' + quoted + (word.size() > kLong ? "...'" : "'");
}

}  // namespace lockdep::tools
