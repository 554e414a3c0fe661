// Small tests on ASCII text that readers of kernel logs need; independent of the locale.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_TEXT_H_
#define LOCKDEP_KERNEL_TEXT_H_

#include <cstddef>
#include <string_view>

namespace lockdep::kernel {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool IsWord(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }

// Without blanks at both ends.
constexpr std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

constexpr bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Removes `prefix` from the front of `text`; false if it is not there.
constexpr bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The front of `text` up to the first `end`, or all of it.
constexpr std::string_view Until(std::string_view text, std::string_view end) { return text.substr(0, text.find(end)); }

// At least `min` of `text`, all of the same character `c`: a ruler.
constexpr bool IsRuler(std::string_view text, char c, std::size_t min = 5) {
  return text.size() >= min && text.find_first_not_of(c) == std::string_view::npos;
}

// A run of at least eight hex digits that is all of `text`: how pointers are printed.
constexpr bool IsPointer(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.size() < 8 || text.size() > 16) return false;
  for (const char c : text) {
    if (!IsHex(c)) return false;
  }
  return true;
}

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_TEXT_H_
