#include "tools/suppressions.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <utility>

#include "lockdep/report_sides.h"
#include "tools/input_lines.h"

namespace lockdep::tools {
namespace {

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The length of the character at the front, as UTF-8 has them.
std::size_t CharacterSize(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && size < 4 && Continues(text[size])) ++size;
  return size;
}

class Parser {
 public:
  Parser(const std::string& file, std::vector<SuppressionRule>& rules) : file_(file), errors_(file), rules_(rules) {}

  absl::Status Parse(std::string_view text) {
    for (const InputLine& line : LinesOf(text)) {
      const std::string_view content = WithoutBlanks(line.text);
      if (content.empty()) {
        End();
      } else if (content.front() != '#') {
        Member(line, content);
      }
    }
    End();
    return errors_.status();
  }

 private:
  // "key: value".
  void Member(const InputLine& line, std::string_view content) {
    if (!open_) {
      open_ = true;
      first_ = line;
      rule_ = SuppressionRule();
      rule_.source = file_;
      rule_.line = line.number;
      has_pattern_ = has_reason_ = has_real_ = false;
    }
    const std::size_t colon = content.find(':');
    const std::string_view key = WithoutBlanks(content.substr(0, colon));
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view() : WithoutBlanks(content.substr(colon + 1));
    if (key == "reason") {
      Once(line, key, has_reason_);
      rule_.reason = OneLine(value);
    } else if (key == "real") {
      Once(line, key, has_real_);
      rule_.real = value == "yes";
      if (!value.empty() && value != "yes" && value != "no") {
        errors_.Add(line, value, "expected yes or no, found " + Quoted(value));
      }
    } else if (std::vector<std::string>* patterns = Patterns(key)) {
      has_pattern_ = true;
      patterns->emplace_back(value);
    } else {
      errors_.Add(line, content, "expected lock:, function:, file:, reason: or real:, found " + Quoted(content));
      return;
    }
    if (colon == std::string_view::npos) {
      errors_.Add(line, "", "expected ':' behind " + Quoted(key));
    } else if (value.empty()) {
      errors_.Add(line, "", "expected a value behind " + Quoted(std::string(key) + ':'));
    }
  }

  void Once(const InputLine& line, std::string_view key, bool& has) {
    if (std::exchange(has, true)) errors_.Add(line, key, "a rule has one " + std::string(key) + ":, this has two");
  }

  std::vector<std::string>* Patterns(std::string_view key) {
    if (key == "lock") return &rule_.locks;
    if (key == "function") return &rule_.functions;
    return key == "file" ? &rule_.files : nullptr;
  }

  void End() {
    if (!std::exchange(open_, false)) return;
    const std::string_view at = WithoutBlanks(first_.text);
    if (!has_pattern_) errors_.Add(first_, at, "a rule without lock:, function: or file: would match everything");
    if (!has_reason_) errors_.Add(first_, at, "a rule without reason:");
    rules_.push_back(std::move(rule_));
  }

  const std::string& file_;
  InputErrors errors_;
  std::vector<SuppressionRule>& rules_;
  SuppressionRule rule_;
  InputLine first_;
  bool open_ = false, has_pattern_ = false, has_reason_ = false, has_real_ = false;
};

// What the patterns of a rule are compared with.
struct Names {
  std::vector<std::string> locks, functions, files;
};

Names NamesOf(const Finding& finding) {
  Names names;
  const auto own = static_cast<std::size_t>(std::max(0, finding.cycle_length));
  for (std::size_t i = 0; i < std::min(own, finding.locks.size()); ++i) {
    const FindingLock& lock = finding.locks[i];
    names.locks.push_back(lock.name);
    names.locks.push_back(lock.name + '/' + std::to_string(lock.subclass));
    if (!lock.instance.empty()) names.locks.push_back(lock.instance);
  }
  for (const Side& side : Sides(finding)) {
    for (const SideStep& step : side.steps) {
      names.functions.push_back(step.at->function);
      names.files.push_back(step.at->file);
      for (const StackFrame& frame : step.at->stack) {
        names.functions.push_back(frame.function);
        names.files.push_back(frame.file);
      }
    }
  }
  return names;
}

// All patterns match some name.
template <typename Match>
bool AllMatch(const std::vector<std::string>& patterns, const std::vector<std::string>& names, Match match) {
  return std::all_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return !name.empty() && match(pattern, name); });
  });
}

bool MatchesFile(std::string_view pattern, std::string_view file) {
  if (MatchesPattern(pattern, file)) return true;
  for (std::size_t slash = file.find('/'); slash != std::string_view::npos; slash = file.find('/', slash + 1)) {
    if (MatchesPattern(pattern, file.substr(slash + 1))) return true;
  }
  return false;
}

bool Matches(const SuppressionRule& rule, const Names& names) {
  return AllMatch(rule.locks, names.locks, MatchesPattern) &&
         AllMatch(rule.functions, names.functions, MatchesPattern) && AllMatch(rule.files, names.files, MatchesFile);
}

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  // Where to go on if what follows the last star does not match.
  std::optional<std::pair<std::string_view, std::string_view>> retry;
  while (true) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      retry = {pattern, text};
    } else if (!text.empty() && pattern.starts_with('?')) {
      pattern.remove_prefix(1);
      text.remove_prefix(CharacterSize(text));
    } else if (!text.empty() && !pattern.empty() && pattern.front() == text.front()) {
      pattern.remove_prefix(1);
      text.remove_prefix(1);
    } else if (text.empty() && pattern.empty()) {
      return true;
    } else if (retry && !retry->second.empty()) {
      retry->second.remove_prefix(1);
      std::tie(pattern, text) = *retry;
    } else {
      return false;
    }
  }
}

absl::Status Suppressions::Add(std::string_view text, const std::string& file) {
  std::vector<SuppressionRule> rules;
  if (const absl::Status status = Parser(file, rules).Parse(text); !status.ok()) return status;
  std::move(rules.begin(), rules.end(), std::back_inserter(rules_));
  uses_.resize(rules_.size(), Use::kNone);
  return absl::OkStatus();
}

std::optional<Suppression> Suppressions::Match(const Finding& finding) {
  const Names names = NamesOf(finding);
  std::optional<Suppression> first;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const SuppressionRule& rule = rules_[i];
    if (!Matches(rule, names)) continue;
    if (finding.verdict == Verdict::kReal && !rule.real) {
      uses_[i] = std::max(uses_[i], Use::kOnlyReal);
      continue;
    }
    uses_[i] = Use::kUsed;
    if (!first) first = Suppression{rule.reason, rule.source, rule.line};
  }
  return first;
}

std::vector<std::string> Suppressions::Unused() const {
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const std::string place = rules_[i].source + ':' + std::to_string(rules_[i].line) + ": ";
    if (uses_[i] == Use::kNone) sentences.push_back(place + "this rule matches no finding");
    if (uses_[i] == Use::kOnlyReal) {
      sentences.push_back(place + "this rule matches only findings that are real, which count without 'real: yes'");
    }
  }
  return sentences;
}

}  // namespace lockdep::tools
