#include "lockdep/kernel/line_joiner.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/report_phrase.h"
#include "lockdep/kernel/report_title.h"
#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

constexpr int kPartsMax = 6;            // pieces of one lock
constexpr std::size_t kSkippedMax = 3;  // foreign lines between two pieces

enum class Lacks {
  kNothing,
  kName,         // a pointer, and the name is to come
  kParenthesis,  // the name is broken
  kComma,        // "(name){usage}," and "at:" is to come
  kFunction,     // "at:" and the function is to come
  kRest,         // the function's name is broken (z/VM consoles)
};

// Behind "#1: ", "-> #1 " and the pointer.
std::string_view LockPart(std::string_view text) {
  if (!ConsumeChainNumber(text)) ConsumeHeldNumber(text);
  return text;
}

// "lock(", "rlock(" and "sync(" of the scenario.
bool IsScenarioStep(std::string_view text) {
  return text.starts_with("lock(") || text.starts_with("rlock(") || text.starts_with("sync(");
}

Lacks LacksOfLock(std::string_view text) {
  if (text.ends_with("at:")) return Lacks::kFunction;
  if (text.ends_with("},")) return Lacks::kComma;
  const std::size_t at = text.find("at: ");
  if (at == std::string_view::npos) return Lacks::kNothing;
  const std::string_view place = Trimmed(text.substr(at + 4));
  if (place.starts_with("[<") && place.ends_with(">]")) return Lacks::kFunction;
  if (!Contains(place, "+0x") || place.ends_with("+0x")) return Lacks::kRest;
  return Lacks::kNothing;
}

Lacks WhatLacks(std::string_view line) {
  if (IsScenarioStep(line)) {
    const bool closed = ClosingParenthesis(line.substr(line.find('('))) != std::string_view::npos;
    return closed ? Lacks::kNothing : Lacks::kParenthesis;
  }
  std::string_view text = LockPart(line);
  const bool numbered = text.size() != line.size();
  const std::string instance = ConsumeInstance(text);
  if (text.empty() && !instance.empty()) return Lacks::kName;
  if (!text.starts_with("(")) return Lacks::kNothing;
  if (ShowsUsage(text)) return LacksOfLock(text);
  const bool closed = ClosingParenthesis(text) != std::string_view::npos;
  // "((work_completion)" without its second half closes nothing; a frame of some architectures begins
  // with a parenthesis, too, but has an address.
  if (text.starts_with("([<")) return Lacks::kNothing;
  return !closed && (numbered || !instance.empty() || text.starts_with("(")) ? Lacks::kParenthesis : Lacks::kNothing;
}

// "01: " at the start: where a z/VM console broke the line.
bool ConsumeConsoleMark(std::string_view& text) {
  if (text.size() < 4 || !IsDigit(text[0]) || !IsDigit(text[1]) || text.substr(2, 2) != ": ") return false;
  text.remove_prefix(4);
  return true;
}

bool IsSentence(std::string_view text) { return PhraseOf(text) || TitleOf(text) || IsRuler(text, '-'); }

// The text to append if `next` is what `line` lacks.
std::optional<std::string> Continuation(std::string_view line, Lacks lacks, std::string_view next) {
  if (IsSentence(next)) return std::nullopt;
  switch (lacks) {
    case Lacks::kNothing: return std::nullopt;
    case Lacks::kName: return next.starts_with("(") ? std::optional(" " + std::string(next)) : std::nullopt;
    case Lacks::kParenthesis: {
      const bool likely = next.starts_with(")") || next.starts_with("(") || line.ends_with("=");
      return likely ? std::optional(std::string(next)) : std::nullopt;
    }
    case Lacks::kComma: return next.starts_with("at:") ? std::optional(" " + std::string(next)) : std::nullopt;
    case Lacks::kFunction: {
      const bool frame = ParseFrame(next) || next.starts_with("[<") || ParseBareFrame(next);
      return frame ? std::optional(" " + std::string(next)) : std::nullopt;
    }
    case Lacks::kRest: {
      if (!ConsumeConsoleMark(next)) return std::nullopt;
      return std::string(next);
    }
  }
  return std::nullopt;
}

bool JoinOne(std::vector<LogLine>& lines, std::size_t at) {
  LogLine& line = lines[at];
  const Lacks lacks = WhatLacks(line.text);
  if (lacks == Lacks::kNothing) return false;
  for (std::size_t next = at + 1; next < lines.size() && next <= at + 1 + kSkippedMax; ++next) {
    const std::optional<std::string> rest = Continuation(line.text, lacks, lines[next].text);
    if (rest) {
      if (lacks == Lacks::kParenthesis && line.text.ends_with("=")) line.text.pop_back();
      line.text += *rest;
      lines[next].text.clear();
      return true;
    }
    // Behind a sentence of the report a half is never continued; z/VM and mailers break without gaps.
    if (IsSentence(lines[next].text) || lacks == Lacks::kRest || lacks == Lacks::kFunction) return false;
  }
  return false;
}

}  // namespace

std::vector<LogLine> JoinLines(std::vector<LogLine> lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].text.empty()) continue;
    for (int part = 0; part < kPartsMax; ++part) {
      if (!JoinOne(lines, i)) break;
      std::erase_if(lines, [](const LogLine& line) { return line.text.empty(); });
    }
  }
  return lines;
}

}  // namespace lockdep::kernel
