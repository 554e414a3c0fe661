// Reads files of lines that people write: where each word stands, and every mistake at once.
//
// A byte order mark at the start and carriage returns before a line feed are skipped.
//
// Thread-compatible.
#ifndef TOOLS_INPUT_LINES_H_
#define TOOLS_INPUT_LINES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace lockdep::tools {

struct InputLine {
  std::string_view text;  // without its end
  int number = 0;         // from 1
};

// The lines of `text`, which must outlive them; a line feed at the end starts no further line.
std::vector<InputLine> LinesOf(std::string_view text);

// Whether `c` parts words: a blank or a tab.
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Without blanks at both ends.
std::string_view WithoutBlanks(std::string_view text);

// `text` in one line that prints: each control character becomes a blank; there are none at its ends.
std::string OneLine(std::string_view text);

// Collects mistakes as "file:line:column: what is wrong", columns counted in bytes from 1.
class InputErrors {
 public:
  explicit InputErrors(std::string file) : file_(std::move(file)) {}

  // `at` is a part of line.text, where the mistake is; else the mistake is behind the line.
  void Add(const InputLine& line, std::string_view at, std::string_view what);
  // OK without mistakes; else all of them, a line each.
  absl::Status status() const;

 private:
  const std::string file_;
  std::string text_;
};

// "'word'" for a message, shortened if it is long, with dots for what does not print.
std::string Quoted(std::string_view word);

}  // namespace lockdep::tools

#endif  // TOOLS_INPUT_LINES_H_
