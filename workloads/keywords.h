// Key words and what each means.
#ifndef WORKLOADS_KEYWORDS_H_
#define WORKLOADS_KEYWORDS_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "workloads/lexer.h"

namespace lockdep::workloads {

template <typename T>
struct Word {
  std::string_view word;
  T meaning;
};

// What the token means; null if it is none of the words.
template <typename T, std::size_t N>
const T* Find(const std::array<Word<T>, N>& words, const Token& token) {
  if (token.kind != TokenKind::kWord) return nullptr;
  for (const Word<T>& each : words) {
    if (each.word == token.text) return &each.meaning;
  }
  return nullptr;
}

}  // namespace lockdep::workloads

#endif  // WORKLOADS_KEYWORDS_H_
