#include "lockdep/kernel/frame_text.h"

#include <string>

#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

bool IsSymbol(char c) { return IsWord(c) || c == '.' || c == '$' || c == ':' || c == '<' || c == '>'; }

// "[<c0029fe4>] " or "[ffffffff81234567] "; true if it was there.
bool ConsumeAddress(std::string_view& text) {
  std::string_view rest = text;
  if (!Consume(rest, "[")) return false;
  const bool angle = Consume(rest, "<");
  std::size_t n = 0;
  while (n < rest.size() && IsHex(rest[n])) ++n;
  if (n < 6) return false;
  rest.remove_prefix(n);
  if (angle && !Consume(rest, ">")) return false;
  if (!Consume(rest, "]")) return false;
  text = Trimmed(rest);
  return true;
}

// "+0x10/0x20" at the front; removed.
bool ConsumeOffset(std::string_view& text) {
  std::string_view rest = text;
  if (!Consume(rest, "+0x")) return false;
  std::size_t n = 0;
  while (n < rest.size() && (IsHex(rest[n]) || rest[n] == '/' || rest[n] == 'x')) ++n;
  text = rest.substr(n);
  return true;
}

// "net/x.c:12" somewhere in `text`, "[inline]", "[mod]".
void ReadBehind(std::string_view text, TraceFrame& frame) {
  while (!text.empty()) {
    text = Trimmed(text);
    const std::string_view word = Until(text, " ");
    if (word.empty()) break;
    const std::size_t colon = word.rfind(':');
    if (word == "[inline]") {
      frame.inlined = true;
    } else if (word.front() == '[' && word.back() == ']' && word.size() > 2) {
      frame.module = std::string(word.substr(1, word.size() - 2));
    } else if (colon != std::string_view::npos && Contains(word.substr(0, colon), ".") && frame.file.empty()) {
      frame.file = std::string(word.substr(0, colon));
      for (const char c : word.substr(colon + 1, 6)) {
        if (IsDigit(c)) frame.line = frame.line * 10 + (c - '0');
      }
    }
    text.remove_prefix(word.size());
  }
}

struct Parsed {
  TraceFrame frame;
  bool certain = false;
};

Parsed Parse(std::string_view text) {
  Parsed parsed;
  text = Trimmed(text);
  if (Consume(text, "...")) text = Trimmed(text);
  Consume(text, "(");
  const bool address = ConsumeAddress(text);
  if (Consume(text, "? ")) parsed.frame.uncertain = true;
  text = Trimmed(text);
  Consume(text, "(");
  std::size_t n = 0;
  while (n < text.size() && IsSymbol(text[n])) ++n;
  const std::string_view name = text.substr(0, n);
  text.remove_prefix(n);
  const bool bare_address = name.starts_with("0x");
  if (!bare_address) parsed.frame.function = std::string(name);
  const bool offset = ConsumeOffset(text);
  ReadBehind(text, parsed.frame);
  const bool symbolized = parsed.frame.inlined && !parsed.frame.file.empty();
  parsed.certain = !name.empty() && (offset || address || symbolized || bare_address);
  return parsed;
}

}  // namespace

std::optional<TraceFrame> ParseFrame(std::string_view text) {
  if (text.starts_with("-> ") || Contains(text, "){")) return std::nullopt;
  Parsed parsed = Parse(text);
  if (!parsed.certain) return std::nullopt;
  return std::move(parsed.frame);
}

std::optional<TraceFrame> ParseBareFrame(std::string_view text) {
  if (text.size() < 3 || !(IsLetter(text.front()) || text.front() == '_')) return std::nullopt;
  for (const char c : text) {
    if (!IsWord(c) && c != '.') return std::nullopt;
  }
  TraceFrame frame;
  frame.function = std::string(text);
  return frame;
}

TraceFrame ParsePlace(std::string_view text) { return Parse(text).frame; }

std::string_view WithoutClone(std::string_view function) {
  for (const std::string_view clone : {".part.", ".isra.", ".constprop.", ".cold", ".llvm."}) {
    const std::size_t at = function.find(clone);
    if (at != std::string_view::npos && at > 0) function = function.substr(0, at);
  }
  return function;
}

}  // namespace lockdep::kernel
