#include "tools/baseline.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "tools/input_lines.h"

namespace lockdep::tools {
namespace {

constexpr std::string_view kFirstLine = "lockdep-baseline 1";

int Weight(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReal: return 3;
    case Verdict::kPredicted: return 2;
    case Verdict::kUnknown: return 1;
    case Verdict::kFalse: return 0;
  }
  return 0;
}

// 16 lower-case hex digits, as they are printed.
std::optional<std::uint64_t> FingerprintFromText(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() != 16 || text.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
  std::uint64_t fingerprint = 0;
  std::from_chars(text.data(), text.data() + text.size(), fingerprint, 16);
  return fingerprint;
}

// The words of a line; what is behind a `#` is none.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view Next() {
    rest_ = WithoutBlanks(rest_);
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) { return IsBlank(c) || c == '#'; });
    const std::string_view word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::string_view rest() const { return WithoutBlanks(rest_); }

 private:
  std::string_view rest_;
};

struct ParsedEntry {
  std::uint64_t fingerprint = 0;
  FindingKind kind = FindingKind::kCircular;
  BaselineEntry entry;
};

// Nothing if the line has a mistake, of which each part may have one.
std::optional<ParsedEntry> ParseEntry(const InputLine& line, InputErrors& errors) {
  Words words(line.text);
  const std::string_view fingerprint_word = words.Next();
  const std::string_view kind_word = words.Next();
  const std::string_view verdict_word = words.Next();
  const std::string_view rest = words.rest();
  const std::optional<std::uint64_t> fingerprint = FingerprintFromText(fingerprint_word);
  const std::optional<FindingKind> kind = FindingKindFromString(kind_word);
  const std::optional<Verdict> verdict = VerdictFromString(verdict_word);
  const auto expected = [&](std::string_view what, std::string_view word) {
    errors.Add(line, word, "expected " + std::string(what) + ", found " + (word.empty() ? "nothing" : Quoted(word)));
  };
  if (!fingerprint) expected("a fingerprint of 16 hex digits", fingerprint_word);
  if (!kind && !(fingerprint_word.empty() && kind_word.empty())) {
    expected("a kind of finding, as reports name it", kind_word);
  }
  if (!verdict && !kind_word.empty()) expected("real, predicted, unknown or false", verdict_word);
  const bool comment = rest.empty() || rest.front() == '#';
  if (!comment) errors.Add(line, rest, "expected # or the end of the line, found " + Quoted(rest));
  if (!fingerprint || !kind || !verdict || !comment) return std::nullopt;
  ParsedEntry parsed{*fingerprint, *kind, {}};
  parsed.entry.verdict = *verdict;
  parsed.entry.line = line.number;
  if (!rest.empty()) parsed.entry.about = OneLine(WithoutBlanks(rest.substr(1)));
  return parsed;
}

}  // namespace

bool SaysMore(Verdict a, Verdict b) { return Weight(a) > Weight(b); }

absl::StatusOr<Baseline> Baseline::Parse(std::string_view text, const std::string& file) {
  Baseline baseline;
  baseline.file_ = file;
  InputErrors errors(file);
  const std::vector<InputLine> lines = LinesOf(text);
  const InputLine first = lines.empty() ? InputLine{"", 1} : lines[0];
  if (WithoutBlanks(first.text) != kFirstLine) {
    // It may be any file, of which nothing else is worth saying.
    errors.Add(
        first, first.text,
        "expected '" + std::string(kFirstLine) + "', found " + (first.text.empty() ? "nothing" : Quoted(first.text)));
    return errors.status();
  }
  std::vector<std::string> comments;
  for (const InputLine& line : lines) {
    const std::string_view content = WithoutBlanks(line.text);
    if (line.number == 1 || content.empty()) continue;
    if (content.front() == '#') {
      comments.push_back(OneLine(content));
      continue;
    }
    std::optional<ParsedEntry> parsed = ParseEntry(line, errors);
    if (!parsed) continue;
    parsed->entry.comments = std::move(comments);
    comments.clear();
    const auto [known, is_new] =
        baseline.entries_.emplace(Key{parsed->fingerprint, parsed->kind}, std::move(parsed->entry));
    if (!is_new) {
      errors.Add(line, content,
                 "the finding " + std::string(ToString(parsed->kind)) + ' ' + FingerprintText(parsed->fingerprint) +
                     " is in line " + std::to_string(known->second.line) + ", too");
    }
  }
  baseline.last_comments_ = std::move(comments);
  if (const absl::Status status = errors.status(); !status.ok()) return status;
  return baseline;
}

std::string Baseline::Text() const {
  std::string text = std::string(kFirstLine) + '\n';
  for (const auto& [key, entry] : entries_) {
    for (const std::string& comment : entry.comments) text += comment + '\n';
    text += FingerprintText(key.first) + ' ' + std::string(ToString(key.second)) + ' ' +
            std::string(ToString(entry.verdict));
    text += entry.about.empty() ? "\n" : "  # " + entry.about + '\n';
  }
  for (const std::string& comment : last_comments_) text += comment + '\n';
  return text;
}

const BaselineEntry* Baseline::See(std::uint64_t fingerprint, FindingKind kind) {
  const auto found = entries_.find({fingerprint, kind});
  if (found == entries_.end()) return nullptr;
  found->second.seen = true;
  return &found->second;
}

Baseline::Change Baseline::Record(std::uint64_t fingerprint, FindingKind kind, Verdict verdict,
                                  const std::string& about, bool exact) {
  const auto [found, is_new] = entries_.try_emplace({fingerprint, kind});
  BaselineEntry& entry = found->second;
  entry.seen = true;
  if (entry.about.empty()) entry.about = std::string(WithoutBlanks(OneLine(about)));
  const Verdict before = std::exchange(entry.verdict, verdict);
  if (is_new) return Change::kAdded;
  if (SaysMore(verdict, before)) return Change::kRaised;
  if (!exact) entry.verdict = before;
  return entry.verdict == before ? Change::kNone : Change::kLowered;
}

std::size_t Baseline::Prune() {
  return std::erase_if(entries_, [](const auto& each) { return !each.second.seen; });
}

std::vector<std::string> Baseline::Unseen() const {
  std::vector<const BaselineEntry*> unseen;
  std::map<const BaselineEntry*, const Key*> keys;
  for (const auto& [key, entry] : entries_) {
    if (entry.seen) continue;
    unseen.push_back(&entry);
    keys[&entry] = &key;
  }
  std::stable_sort(unseen.begin(), unseen.end(),
                   [](const BaselineEntry* a, const BaselineEntry* b) { return a->line < b->line; });
  std::vector<std::string> sentences;
  for (const BaselineEntry* entry : unseen) {
    const Key& key = *keys[entry];
    sentences.push_back(file_ + ':' + std::to_string(entry->line) +
                        ": not found any more: " + std::string(ToString(key.second)) + ' ' +
                        FingerprintText(key.first) + (entry->about.empty() ? "" : " (" + entry->about + ')'));
  }
  return sentences;
}

}  // namespace lockdep::tools
