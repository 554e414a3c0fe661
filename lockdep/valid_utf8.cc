#include "lockdep/valid_utf8.h"

#include <cstddef>

namespace lockdep {
namespace {

bool IsBetween(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

// How many bytes the character at the front has; 0 if it is not well-formed.  The second byte excludes forms that are
// too long, surrogates, and what is above U+10FFFF.
std::size_t CharacterSize(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (!IsBetween(text[1], low, high)) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!IsBetween(text[i], 0x80, 0xBF)) return 0;
  }
  return size;
}

}  // namespace

std::string ValidUtf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    valid += size == 0 ? kReplacementCharacter : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return valid;
}

}  // namespace lockdep
