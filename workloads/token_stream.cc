#include "workloads/token_stream.h"

#include <utility>

namespace lockdep::workloads {

TokenStream::TokenStream(std::string_view text, const std::string& file)
    : text_(text), file_(file), lexed_(Lex(text, file)) {
  mistakes_ = std::move(lexed_.errors);
}

const Token& TokenStream::Take() {
  const Token& token = Peek();
  if (next_ + 1 < lexed_.tokens.size()) ++next_;
  return token;
}

bool TokenStream::TakeIf(std::string_view punctuation) {
  if (!Peek().Is(punctuation)) return false;
  Take();
  return true;
}

bool TokenStream::TakeWordIf(std::string_view word) {
  if (!Peek().IsWord(word)) return false;
  Take();
  return true;
}

std::size_t TokenStream::BehindLines() const {
  std::size_t ahead = 0;
  while (Peek(ahead).kind == TokenKind::kSeparator && Peek(ahead).text == "\n") ++ahead;
  return ahead;
}

bool TokenStream::TakeWordBehindLinesIf(std::string_view word) {
  const std::size_t ahead = BehindLines();
  if (!Peek(ahead).IsWord(word)) return false;
  next_ += ahead;
  Take();
  return true;
}

bool TokenStream::Require(std::string_view punctuation) {
  return TakeIf(punctuation) || Expected("'" + std::string(punctuation) + "'");
}

std::string TokenStream::TextSince(std::size_t begin) const {
  return std::string(text_.substr(begin, lexed_.tokens[next_ - 1].end - begin));
}

bool TokenStream::Expected(const std::string& what) {
  Mistake(Peek().at, "expected " + what + ", found " + Peek().Describe());
  return false;
}

std::vector<ScriptError> TokenStream::TakeMistakes() {
  std::stable_sort(mistakes_.begin(), mistakes_.end(),
                   [](const ScriptError& a, const ScriptError& b) { return a.at < b.at; });
  return std::move(mistakes_);
}

void TokenStream::SkipSeparators() {
  while (Peek().kind == TokenKind::kSeparator) Take();
}

void TokenStream::SkipStatement() {
  int depth = 0;
  while (!AtEnd()) {
    if (depth == 0 && AtStatementEnd()) return;
    if (Peek().Is("{")) ++depth;
    if (Peek().Is("}")) --depth;
    Take();
  }
}

bool TokenStream::SkipToBlock() {
  while (!AtStatementEnd() && !Peek().Is("{")) Take();
  return Peek().Is("{");
}

void TokenStream::EndStatement() {
  if (AtStatementEnd()) return;
  Expected("the end of the statement");
  SkipStatement();
}

bool TokenStream::ParseName(const char* what, Name& name) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kQuoted && token.kind != TokenKind::kWord) return Expected(what);
  if (token.kind == TokenKind::kWord && token.text.find('-') != std::string::npos) {
    return Expected(std::string(what) + " (a name with '-' needs quotes)");
  }
  name = {token.text, token.at};
  Take();
  return true;
}

bool TokenStream::ParseInteger(const char* what, std::int64_t& value) {
  if (Peek().kind != TokenKind::kInteger) return Expected(what);
  value = Take().value;
  return true;
}

bool TokenStream::ParseSignedInteger(const char* what, std::int64_t& value) {
  const bool negative = TakeIf("-");
  if (!ParseInteger(what, value)) return false;
  if (negative) value = -value;
  return true;
}

bool TokenStream::ParseLock(LockRef& lock, const char* what) {
  if (!ParseName(what, lock.name)) return false;
  if (!TakeIf("[")) return true;
  std::int64_t index = 0;
  if (!ParseInteger("an index", index)) return false;
  lock.index = index;
  return Require("]");
}

bool TokenStream::ParseValue(Name& value) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kInteger && token.kind != TokenKind::kQuoted) {
    return Expected("a setting of the switch");
  }
  value = {token.text, token.at};
  Take();
  return true;
}

bool TokenStream::ParseSetting(Setting& setting) {
  return ParseName("the name of a switch", setting.name) && Require("=") && ParseValue(setting.value);
}

bool TokenStream::ParseWords(std::vector<Name>& words) {
  while (!AtStatementEnd()) {
    const Token& token = Take();
    const bool quoted = token.kind == TokenKind::kQuoted;
    words.push_back({quoted ? token.text : std::string(text_.substr(token.begin, token.end - token.begin)), token.at});
  }
  return true;
}

TokenStream::Block TokenStream::OpenBlock(Position& open) {
  const std::size_t ahead = BehindLines();
  if (Peek(ahead).Is("{")) {
    next_ += ahead;
  } else {
    Expected("'{'");
    if (!SkipToBlock()) return Block::kNone;
  }
  open = Take().at;
  if (depth_ < kBlockDepthMax) {
    ++depth_;
    return Block::kOpen;
  }
  Mistake(open, "expected at most " + std::to_string(kBlockDepthMax) + " nested blocks, found more");
  while (!AtEnd() && !Peek().Is("}")) Peek().Is("{") ? SkipStatement() : static_cast<void>(Take());
  TakeIf("}");
  return Block::kTooDeep;
}

void TokenStream::CloseBlock(Position open) {
  --depth_;
  if (TakeIf("}")) return;
  Expected("'}' for the '{' of line " + std::to_string(open.line));
}

}  // namespace lockdep::workloads
