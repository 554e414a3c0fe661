#include "lockdep/explore/schedule_text.h"

#include <utility>

#include "absl/status/status.h"
#include "lockdep/explore/vocabulary.h"

namespace lockdep::explore {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<ScheduleEntry>> Run() {
    std::vector<ScheduleEntry> entries;
    int depth = 0;
    for (;;) {
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
      if (at_ == text_.size()) break;
      if (Take('(')) {
        if (++depth > 1) return Expected("a step in the loop");
        continue;
      }
      if (depth == 1 && Take(')')) {
        --depth;
        continue;
      }
      ScheduleEntry entry;
      if (absl::Status status = ParseEntry(entry); !status.ok()) return status;
      entries.push_back(std::move(entry));
    }
    if (depth != 0) return Expected("')' after the loop");
    return entries;
  }

 private:
  absl::Status Expected(const std::string& what) const {
    const std::string found = at_ < text_.size() ? "'" + std::string(text_.substr(at_, 12)) + "'" : "the end";
    return absl::InvalidArgumentError("schedule:1:" + std::to_string(at_ + 1) + ": expected " + what + ", found " +
                                      found);
  }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A word that ends before one of `ends`, or a quoted one.
  bool ParseName(std::string_view ends, std::string& name) {
    if (Take('"')) {
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        name += text_[at_++];
      }
      return Take('"');
    }
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) name += text_[at_++];
    return !name.empty();
  }

  absl::Status ParseEntry(ScheduleEntry& entry) {
    const std::size_t begin = at_;
    if (!ParseName(": ()*!~>=", entry.thread)) return Expected("the name of a thread");
    if (!Take(':')) return Expected("':' after the name of a thread");
    std::string word, object;
    if (!ParseName(" (*!~>=)", word)) return Expected("an operation");
    if (Take('(')) {
      if (!ParseName(" )", object)) return Expected("the name of what it is done to");
      if (!Take(')')) return Expected("')'");
    }
    entry.operation = std::string(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && std::string_view("*!~>=").find(text_[at_]) != std::string_view::npos)
      entry.mark = text_[at_++];
    if ((entry.mark == '>' || entry.mark == '=') && !ParseName(" )", entry.argument))
      return Expected("a name or number");
    if (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\n' && text_[at_] != '\t') return Expected("a space");
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string ScheduleEntry::ToString() const {
  std::string text = operation;
  if (mark != ' ') text += mark;
  if (mark == '>') return text + Quoted(argument);
  return text + argument;
}

absl::StatusOr<std::vector<ScheduleEntry>> ParseSchedule(std::string_view text) { return Parser(text).Run(); }

}  // namespace lockdep::explore
