#include "lockdep/kernel/know_rules.h"

#include <algorithm>

#include "absl/status/status.h"
#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

class Parser {
 public:
  Parser(const std::string& file, KnowRules& rules) : file_(file), rules_(rules) {}

  absl::Status Line(std::string_view line, int number) {
    line_ = line;
    rest_ = line;
    number_ = number;
    const std::string_view word = Word();
    if (word.empty() || word.starts_with("#")) return absl::OkStatus();
    if (word == "source") {
      source_ = std::string(Trimmed(rest_));
      return source_.empty() ? Error("the source is empty") : absl::OkStatus();
    }
    if (word != "function" && word != "lock") return Error("expected source, function or lock");
    if (source_.empty()) return Error("a rule without a source line above it");
    return word == "function" ? Function() : Lock();
  }

 private:
  std::string_view Word() {
    rest_ = Trimmed(rest_);
    at_ = line_.size() - rest_.size();
    const std::string_view word = Until(rest_, " ");
    rest_.remove_prefix(word.size());
    return word;
  }

  // At the word that was read last.
  absl::Status Error(const std::string& what) const {
    return absl::InvalidArgumentError(file_ + ":" + std::to_string(number_) + ":" + std::to_string(at_ + 1) + ": " +
                                      what);
  }

  // "since 4.20": `word` is its first word.
  bool Range(std::string_view word, VersionRange& range) {
    if (word != "since" && word != "before") return false;
    const std::optional<KernelVersion> version = ParseVersion(Word());
    (word == "since" ? range.since : range.before) = version;
    return version.has_value();
  }

  absl::Status Function() {
    HoldsRule rule;
    rule.source = source_;
    rule.function = std::string(Word());
    if (rule.function.empty()) return Error("expected the name of a function");
    const std::string_view verb = Word();
    if (verb != "trylocks" && verb != "holds" && verb != "only-tries")
      return Error("expected trylocks, holds or only-tries");
    if (verb != "holds") rule.kind = Kind::kTrylock;
    rule.only_tries = verb == "only-tries";
    rule.lock = std::string(Word());
    if (rule.lock.empty()) return Error("expected the name of a lock");
    for (std::string_view word = Word(); !word.empty(); word = Word()) {
      if (!Range(word, rule.kernels)) return Error("expected since VERSION or before VERSION");
    }
    rules_.holds.push_back(rule);
    return absl::OkStatus();
  }

  absl::Status Lock() {
    LockRule rule;
    rule.source = source_;
    rule.lock = std::string(Word());
    if (rule.lock.empty()) return Error("expected the name of a lock");
    for (std::string_view word = Word(); !word.empty(); word = Word()) {
      if (word == "one") {
        rule.one = true;
      } else if (word == "exclusive") {
        rule.exclusive = true;
      } else if (!Range(word, rule.kernels)) {
        return Error("expected one, exclusive, since VERSION or before VERSION");
      }
    }
    if (!rule.one && !rule.exclusive) return Error("expected one or exclusive");
    rules_.locks.push_back(rule);
    return absl::OkStatus();
  }

  const std::string& file_;
  KnowRules& rules_;
  std::string source_;
  std::string_view line_, rest_;
  std::size_t at_ = 0;
  int number_ = 0;
};

}  // namespace

bool VersionRange::Holds(std::string_view version) const {
  if (!since && !before) return true;
  const std::optional<KernelVersion> parsed = ParseVersion(version);
  return parsed && (!since || *parsed >= *since) && (!before || *parsed < *before);
}

const LockRule* KnowRules::Find(std::string_view lock, std::string_view version) const {
  const auto found = std::find_if(locks.begin(), locks.end(), [&](const LockRule& rule) {
    return IsClass(lock, rule.lock) && rule.kernels.Holds(version);
  });
  return found == locks.end() ? nullptr : &*found;
}

absl::Status ParseRules(std::string_view text, const std::string& file, KnowRules& rules) {
  Parser parser(file, rules);
  int number = 0;
  while (!text.empty()) {
    std::string_view line = Until(text, "\n");
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with("\r")) line.remove_suffix(1);
    if (const absl::Status status = parser.Line(line, ++number); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool IsClass(std::string_view name, std::string_view lock) {
  if (!Consume(name, lock)) return false;
  if (!name.empty() && !Consume(name, "#")) return false;
  return std::all_of(name.begin(), name.end(), IsDigit);
}

}  // namespace lockdep::kernel
