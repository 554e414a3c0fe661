#include "lockdep/kernel/report_splitter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/report_phrase.h"
#include "lockdep/kernel/report_title.h"
#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

// How many lines may pass without one that belongs to the report.
constexpr std::size_t kQuietMax = 80;
constexpr std::size_t kQuietAfterBacktraceMax = 25;

bool Belongs(std::string_view text) {
  if (PhraseOf(text) || ParseFrame(text)) return true;
  std::string_view lock = text;
  ConsumeHeldNumber(lock);
  if (ParseLock(lock)) return true;
  return text.starts_with("lock(") || text.starts_with("</TASK>") || text.starts_with("-> (") || text == "}";
}

// Sentences with which a report whose title was left out begins, and the kind they suggest.
std::optional<ReportKind> KindOfFirstSentence(std::string_view text) {
  const std::optional<Phrase> phrase = PhraseOf(text);
  if (!phrase) return std::nullopt;
  if (*phrase == Phrase::kChainNames) return ReportKind::kCircular;
  if (*phrase == Phrase::kInconsistent && text.ends_with("usage.")) return ReportKind::kInconsistentState;
  if (*phrase == Phrase::kReleases && text.ends_with("at:")) return ReportKind::kBadUnlock;
  if (*phrase != Phrase::kWants) return std::nullopt;
  return text.ends_with("is trying to acquire:")             ? ReportKind::kIrqUnsafeOrder
         : text.ends_with("just changed the state of lock:") ? ReportKind::kIrqInversion
         : text.ends_with("takes:")                          ? ReportKind::kInconsistentState
         : text.ends_with("is trying to lock:")              ? ReportKind::kWaitContext
                                                             : ReportKind::kCircular;
}

}  // namespace

ReportSplitter::Open* ReportSplitter::Find(const std::string& caller) {
  for (Open& open : open_) {
    if (open.caller == caller) return &open;
  }
  return nullptr;
}

ReportSplitter::Open& ReportSplitter::Begin(const LogLine& line, ReportKind kind, bool has_title) {
  if (Open* before = Find(line.caller); before != nullptr) End(*before);
  if (open_.size() >= kOpenMax) End(open_.front());
  open_.emplace_back();
  Open& open = open_.back();
  open.caller = line.caller;
  open.segment.kind = kind;
  open.segment.has_title = has_title;
  return open;
}

void ReportSplitter::Append(Open& open, LogLine line, bool belongs) {
  std::vector<LogLine>& lines = open.segment.lines;
  if (lines.size() >= kReportLinesMax) {
    open.segment.cut = true;
    End(open);
    return;
  }
  lines.push_back(std::move(line));
  if (belongs) {
    open.used = lines.size();
    return;
  }
  if (lines.size() - open.used > (open.backtrace_seen ? kQuietAfterBacktraceMax : kQuietMax)) End(open);
}

void ReportSplitter::End(Open& open) {
  ReportSegment segment = std::move(open.segment);
  segment.lines.resize(std::max<std::size_t>(open.used, 1));
  open_.remove_if([&open](const Open& each) { return &each == &open; });
  sink_(std::move(segment));
}

void ReportSplitter::Add(LogLine line) {
  if (line.caller.empty()) line.caller = last_caller_;
  last_caller_ = line.caller;
  if (const std::optional<ReportKind> kind = TitleOf(line.text)) {
    Append(Begin(line, *kind, true), line, true);
    return;
  }
  const std::optional<ReportKind> first = KindOfFirstSentence(line.text);
  Open* open = Find(line.caller);
  const bool wants = PhraseOf(line.text) == Phrase::kWants;
  if (first && (open == nullptr || (wants && open->wants_seen))) {
    open = &Begin(line, *first, false);
  }
  if (open == nullptr) return;
  if (IsForeignTitle(line.text)) {
    End(*open);
    return;
  }
  open->wants_seen = open->wants_seen || wants;
  open->backtrace_seen = open->backtrace_seen || PhraseOf(line.text) == Phrase::kBacktrace;
  const bool belongs = Belongs(line.text);
  Append(*open, std::move(line), belongs);
}

void ReportSplitter::Finish() {
  while (!open_.empty()) End(open_.front());
}

}  // namespace lockdep::kernel
