// The tokens of a script, taken one after the other, and the small parts that all of its grammar is made of.
//
// What is not what the grammar wants is a mistake at its place; the text is read on.  The functions that return bool
// have told the mistake when they return false, and are where it is: the caller skips what it does not understand.
//
// Not thread-safe.  Cost: proportional to the text.
#ifndef WORKLOADS_TOKEN_STREAM_H_
#define WORKLOADS_TOKEN_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/lexer.h"
#include "workloads/syntax.h"

namespace lockdep::workloads {

// Far above anything a person writes; the parser uses about 1 KiB of stack for a level.
inline constexpr int kBlockDepthMax = 200;

class TokenStream {
 public:
  // Both outlive it.
  TokenStream(std::string_view text, const std::string& file);

  // --- One token ------------------------------------------------------------------------------
  const Token& Peek(std::size_t ahead = 0) const {
    return lexed_.tokens[std::min(next_ + ahead, lexed_.tokens.size() - 1)];
  }
  const Token& Take();
  bool TakeIf(std::string_view punctuation);
  bool TakeWordIf(std::string_view word);
  // Behind line ends, too; those are left if it is not there.
  bool TakeWordBehindLinesIf(std::string_view word);
  bool Require(std::string_view punctuation);
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool AtStatementEnd() const { return AtEnd() || Peek().kind == TokenKind::kSeparator || Peek().Is("}"); }
  // What was written from `begin`, where a token starts, to the end of the last one that was taken.
  std::string TextSince(std::size_t begin) const;

  // --- Mistakes -------------------------------------------------------------------------------
  void Mistake(Position at, std::string message) { mistakes_.push_back({file_, at, std::move(message)}); }
  // "expected `what`, found ..." of the next token; false.
  bool Expected(const std::string& what);
  // In the order of the text.
  std::vector<ScriptError> TakeMistakes();

  // --- To the next thing that may be understood -------------------------------------------------
  void SkipSeparators();
  // To the end of a statement that was not understood, with the blocks in it.
  void SkipStatement();
  // To the block of a statement whose head was not understood; false if it has none.
  bool SkipToBlock();
  // After a whole statement: nothing else may stand before its end.
  void EndStatement();

  // --- Small parts ----------------------------------------------------------------------------
  bool ParseName(const char* what, Name& name);
  bool ParseInteger(const char* what, std::int64_t& value);
  bool ParseSignedInteger(const char* what, std::int64_t& value);
  bool ParseSubclass(std::int64_t& subclass) { return ParseInteger("a subclass from 0 to 7", subclass); }
  bool ParseLock(LockRef& lock, const char* what = "a lock");
  bool ParseValue(Name& value);
  bool ParseSetting(Setting& setting);
  // All to the end of the statement, as it stands there, quoted names without their quotes.
  bool ParseWords(std::vector<Name>& words);

  // `element`, which parses one and returns whether it could, and more of them after commas.
  template <typename Element>
  bool ParseList(Element element) {
    do {
      if (!element()) return false;
    } while (TakeIf(","));
    return true;
  }

  // `{`, then `element` at each thing in it, then `}`.  False: there is no block.
  template <typename Element>
  bool InBraces(Element element) {
    Position open;
    switch (OpenBlock(open)) {
      case Block::kNone: return false;
      case Block::kTooDeep: return true;
      case Block::kOpen: break;
    }
    for (SkipSeparators(); !AtEnd() && !Peek().Is("}"); SkipSeparators()) element();
    CloseBlock(open);
    return true;
  }

 private:
  enum class Block { kNone, kTooDeep, kOpen };
  // The next token behind line ends: how far ahead it is.
  std::size_t BehindLines() const;
  Block OpenBlock(Position& open);
  void CloseBlock(Position open);

  const std::string_view text_;
  const std::string& file_;
  Tokens lexed_;
  std::vector<ScriptError> mistakes_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_TOKEN_STREAM_H_
