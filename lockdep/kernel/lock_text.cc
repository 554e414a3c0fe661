#include "lockdep/kernel/lock_text.h"

#include <algorithm>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

constexpr std::size_t kNumberDigits = 3;

std::optional<int> ConsumeNumber(std::string_view& text) {
  int value = 0;
  std::size_t n = 0;
  for (; n < text.size() && n < kNumberDigits && IsDigit(text[n]); ++n) value = value * 10 + (text[n] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

// "exclusive, blocking" and so on: how lockdep's own reports say it.
bool ReadHow(std::string_view text, LockText& lock) {
  for (const Mode mode : {Mode::kExclusive, Mode::kShared, Mode::kRecursiveShared}) {
    std::string_view rest = text;
    if (!Consume(rest, lockdep::ToString(mode)) || !Consume(rest, ", ")) continue;
    for (const Kind kind : {Kind::kBlocking, Kind::kTrylock, Kind::kTimed}) {
      if (rest != lockdep::ToString(kind)) continue;
      lock.mode = mode;
      lock.kind = kind;
      return true;
    }
  }
  return false;
}

bool IsUsage(std::string_view text) {
  LockText unused;
  return IsUsageString(text) || ReadHow(text, unused);
}

// The ")" in front of "{usage}": the last one, because a name may look like it.
std::size_t NameEnd(std::string_view text) {
  std::size_t best = std::string_view::npos;
  for (std::size_t at = text.find("){"); at != std::string_view::npos; at = text.find("){", at + 1)) {
    const std::string_view inside = Until(text.substr(at + 2), "}");
    if (IsUsage(inside)) best = at;
  }
  return best;
}

void ConsumeWaitTypes(std::string_view& text, LockText& lock) {
  if (!Consume(text, "-{")) return;
  const std::optional<int> outer = ConsumeNumber(text);
  if (!outer || !Consume(text, ":")) return;
  const std::optional<int> inner = ConsumeNumber(text);
  if (!inner || !Consume(text, "}")) return;
  lock.wait_outer = *outer;
  lock.wait_inner = *inner;
}

}  // namespace

std::optional<int> ConsumeHeldNumber(std::string_view& text) {
  std::string_view rest = text;
  Consume(rest, "#");  // git and mail programs take a line that begins with it for a comment
  const std::optional<int> number = ConsumeNumber(rest);
  if (!number || !Consume(rest, ":")) return std::nullopt;
  text = Trimmed(rest);
  return number;
}

std::optional<int> ConsumeChainNumber(std::string_view& text) {
  std::string_view rest = text;
  if (!Consume(rest, "-> #")) return std::nullopt;
  const std::optional<int> number = ConsumeNumber(rest);
  if (!number || !(rest.empty() || rest.front() == ' ')) return std::nullopt;
  text = Trimmed(rest);
  return number;
}

std::string ConsumeInstance(std::string_view& text) {
  for (const std::string_view hidden : {"(____ptrval____)", "(ptrval)", "..."}) {
    std::string_view rest = text;
    if (Consume(rest, hidden) && (rest.empty() || rest.front() == ' ')) {
      text = Trimmed(rest);
      return "";
    }
  }
  const std::string_view word = Until(text, " ");
  if (!IsPointer(word)) return "";
  text = Trimmed(text.substr(word.size()));
  return std::string(word);
}

std::size_t ClosingParenthesis(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

LockText NamedLock(std::string_view label) {
  LockText lock;
  const std::size_t n = label.size();
  if (n > 2 && label[n - 2] == '/' && label[n - 1] >= '0' && label[n - 1] <= '7') {
    lock.subclass = label[n - 1] - '0';
    label.remove_suffix(2);
  }
  lock.name = std::string(label);
  return lock;
}

std::optional<LockText> ParseLock(std::string_view text) {
  text = Trimmed(text);
  const std::string instance = ConsumeInstance(text);
  if (!text.starts_with("(")) return std::nullopt;
  const std::size_t usage_end = NameEnd(text);
  const std::size_t end = usage_end != std::string_view::npos ? usage_end : ClosingParenthesis(text);
  if (end == std::string_view::npos || end < 2) return std::nullopt;
  LockText lock = NamedLock(text.substr(1, end - 1));
  lock.instance = instance;
  text.remove_prefix(end + 1);
  if (usage_end != std::string_view::npos) {
    const std::string_view inside = Until(text.substr(1), "}");
    if (!ReadHow(inside, lock)) lock.usage = std::string(inside);
    text.remove_prefix(std::min(inside.size() + 2, text.size()));  // the end may be cut off
    ConsumeWaitTypes(text, lock);
  }
  // Lockdep's own reports have the instance in between.
  const std::size_t at = lock.mode ? text.find(", at:") : 0;
  if (at != std::string_view::npos) text.remove_prefix(at);
  Consume(text, ",");
  text = Trimmed(text);
  if (Consume(text, "at:")) lock.at = ParsePlace(text);
  return lock;
}

bool ShowsUsage(std::string_view text) { return NameEnd(text) != std::string_view::npos; }

}  // namespace lockdep::kernel
