// Cuts the text of a workload script into tokens.
//
// Every input has tokens: what cannot be one is reported in `errors` and left out.  Any bytes are
// allowed in comments and quoted names; a NUL byte anywhere says that this is no text, and ends
// the reading.  A byte order mark at the start and carriage returns before a line feed are skipped.
//
// Thread-safe: no state.  Cost: one pass; memory proportional to the text.
#ifndef WORKLOADS_LEXER_H_
#define WORKLOADS_LEXER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/syntax.h"

namespace lockdep::workloads {

enum class TokenKind : std::uint8_t {
  kWord,    // letters, digits, `_`, and `.` and `-` between them: names and key words
  kQuoted,  // text without the quotes and escapes
  kInteger,
  kPunctuation,  // text is one of { } [ ] ( ) , : | + - -> = == != < <= > >=
  kSeparator,    // ; or a line end
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::int64_t value = 0;  // of an integer
  Position at;
  std::size_t begin = 0;  // where it stands in the text
  std::size_t end = 0;

  bool Is(std::string_view punctuation) const { return kind == TokenKind::kPunctuation && text == punctuation; }
  bool IsWord(std::string_view word) const { return kind == TokenKind::kWord && text == word; }
  // For messages: "'lock'", "end of line", "end of file".
  std::string Describe() const;
};

struct Tokens {
  std::vector<Token> tokens;  // ends with kEnd
  std::vector<ScriptError> errors;
};

Tokens Lex(std::string_view text, const std::string& file);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_LEXER_H_
