#include "workloads/lexer.h"

#include <cstdio>
#include <limits>
#include <utility>

namespace lockdep::workloads {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

std::string Printable(char c) {
  if (c >= ' ' && c <= '~') return std::string("'") + c + "'";
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return std::string("byte ") + text;
}

class Lexer {
 public:
  Lexer(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Tokens Run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") Skip(3);
    while (offset_ < text_.size() && !stopped_) Next();
    Add(TokenKind::kEnd, offset_, "");
    return std::move(result_);
  }

 private:
  char Peek(std::size_t ahead = 0) const { return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0'; }
  void Skip(std::size_t bytes) { offset_ += bytes; }
  Position At(std::size_t offset) const { return {line_, static_cast<int>(offset - line_start_) + 1}; }

  void Add(TokenKind kind, std::size_t begin, std::string text, std::int64_t value = 0) {
    result_.tokens.push_back({kind, std::move(text), value, At(begin), begin, offset_});
  }
  void Report(std::size_t offset, std::string message) {
    result_.errors.push_back({file_, At(offset), std::move(message)});
  }

  void Next() {
    const char c = Peek();
    if (c == '\n') return LineEnd();
    if (IsBlank(c)) return Skip(1);
    if (c == '\0') return Nul();
    if (c == '#' && AtCommentStart()) return Comment();
    if (IsLetter(c)) return Word();
    if (IsDigit(c)) return Integer();
    if (c == '"') return Quoted();
    if (c == ';') {
      Skip(1);
      return Add(TokenKind::kSeparator, offset_ - 1, ";");
    }
    Punctuation();
  }

  void LineEnd() {
    const std::size_t begin = offset_;
    Skip(1);
    Add(TokenKind::kSeparator, begin, "\n");
    ++line_;
    line_start_ = offset_;
  }

  void Nul() {
    Report(offset_, "expected text, found a NUL byte");
    stopped_ = true;
  }

  bool AtCommentStart() const {
    return offset_ == line_start_ || IsBlank(text_[offset_ - 1]) || (offset_ == 3 && line_ == 1);
  }

  void Comment() {
    while (offset_ < text_.size() && Peek() != '\n' && Peek() != '\0') Skip(1);
  }

  // How many dots stand here, if a name goes on behind them.
  std::size_t InnerDots() const {
    std::size_t dots = 0;
    while (Peek(dots) == '.') ++dots;
    return IsLetter(Peek(dots)) || IsDigit(Peek(dots)) ? dots : 0;
  }

  void Word() {
    const std::size_t begin = offset_;
    while (true) {
      const char c = Peek();
      if (IsLetter(c) || IsDigit(c)) {
        Skip(1);
      } else if (const std::size_t dots = InnerDots(); dots > 0) {
        Skip(dots);
      } else if (c == '-' && IsLetter(Peek(1))) {
        Skip(1);
      } else {
        break;
      }
    }
    Add(TokenKind::kWord, begin, std::string(text_.substr(begin, offset_ - begin)));
  }

  void Integer() {
    const std::size_t begin = offset_;
    std::int64_t value = 0;
    bool fits = true;
    for (; IsDigit(Peek()); Skip(1)) {
      const int digit = Peek() - '0';
      fits = fits && value <= (std::numeric_limits<std::int64_t>::max() - digit) / 10;
      if (fits) value = value * 10 + digit;
    }
    if (!fits) Report(begin, "expected a number of at most 9223372036854775807, found a larger one");
    Add(TokenKind::kInteger, begin, std::string(text_.substr(begin, offset_ - begin)), value);
  }

  void Quoted() {
    const std::size_t begin = offset_;
    std::string name;
    Skip(1);
    while (Peek() != '"') {
      if (offset_ >= text_.size() || Peek() == '\n' || Peek() == '\0') {
        Report(begin, "expected a closing '\"', found the end of the line");
        break;
      }
      if (Peek() == '\\') {
        if (Peek(1) != '"' && Peek(1) != '\\') {
          Report(offset_, "expected '\\\"' or '\\\\', found another escape");
        } else {
          Skip(1);
        }
      }
      name += Peek();
      Skip(1);
    }
    if (Peek() == '"' && offset_ > begin) Skip(1);
    if (name.empty()) Report(begin, "expected a name, found an empty string");
    Add(TokenKind::kQuoted, begin, std::move(name));
  }

  void Punctuation() {
    static constexpr std::string_view kAll[] = {"->", "==", "!=", "<=", ">=", "{", "}", "[", "]", "(",
                                                ")",  ",",  ":",  "|",  "+",  "-", "=", "<", ">"};
    const std::size_t begin = offset_;
    for (const std::string_view one : kAll) {
      if (text_.substr(offset_, one.size()) != one) continue;
      Skip(one.size());
      return Add(TokenKind::kPunctuation, begin, std::string(one));
    }
    const std::string hint = Peek() == '#' ? " (a comment needs a space before it, a name with '#' quotes)" : "";
    Report(begin, "expected a word, a number or punctuation, found " + Printable(Peek()) + hint);
    // A run of such bytes is one mistake.
    while (offset_ < text_.size() && !IsExpected(Peek())) Skip(1);
  }

  static bool IsExpected(char c) {
    return c == '\0' || c == '\n' || IsLetter(c) || IsDigit(c) || IsBlank(c) ||
           std::string_view(";\"{}[](),:|+-=<>").find(c) != std::string_view::npos;
  }

  const std::string_view text_;
  const std::string& file_;
  Tokens result_;
  std::size_t offset_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  bool stopped_ = false;
};

}  // namespace

std::string Token::Describe() const {
  switch (kind) {
    case TokenKind::kEnd: return "the end of the file";
    case TokenKind::kSeparator: return text == ";" ? "';'" : "the end of the line";
    case TokenKind::kQuoted: return "\"" + text.substr(0, 60) + "\"";
    case TokenKind::kWord:
    case TokenKind::kInteger:
    case TokenKind::kPunctuation: return "'" + (text.size() > 60 ? text.substr(0, 60) + "..." : text) + "'";
  }
  return "?";
}

Tokens Lex(std::string_view text, const std::string& file) { return Lexer(text, file).Run(); }

}  // namespace lockdep::workloads
