#include "lockdep/kernel/report_reader.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/line_joiner.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/report_gaps.h"
#include "lockdep/kernel/report_phrase.h"
#include "lockdep/kernel/report_title.h"
#include "lockdep/kernel/text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

// A lock's line may be preceded by so many lines of noise behind its sentence.
constexpr int kNoiseMax = 4;
constexpr std::size_t kTraceMax = 400;

// The class in "(a){+.+.} -> (b){+.+.}", "(a){....} ops: 3 {".
std::optional<LockText> ClassOf(std::string_view text) {
  std::string_view rest = text;
  Consume(rest, "-> ");
  return ParseLock(rest);
}

class Reader {
 public:
  explicit Reader(KernelReport& report) : report_(report) {}

  void Line(const std::string& text) {
    const std::optional<Phrase> phrase = PhraseOf(text);
    if (phrase) {
      Begin(*phrase, text);
    } else {
      Continue(text);
    }
  }

 private:
  void Begin(Phrase phrase, std::string_view text);
  void BeginIrq(Phrase phrase, std::string_view text);
  void Continue(std::string_view text);
  void ContinueLock(std::string_view text);
  void Wants(std::string_view text);
  void Releases(std::string_view text);
  void ChainEntryLine(std::string_view text);
  void HeldCount(std::string_view text);
  void WaitContext(std::string_view text);
  void Inconsistent(std::string_view text);
  void ChainNames(std::string_view text);
  void NewDependency(std::string_view text);
  void HeldLock(std::string_view text);
  void ScenarioStep(std::string_view text);
  void Block(std::string_view text);
  void Frame(std::string_view text, bool bare);
  void Ident(std::string_view text);

  void Target(std::optional<LockText>* lock) {
    lock_ = lock;
    noise_ = 0;
  }

  KernelReport& report_;
  Phrase part_ = Phrase::kNothing;
  std::optional<LockText>* lock_ = nullptr;  // what the next lock line is
  Trace* trace_ = nullptr;                   // where the next frames go
  int noise_ = 0;
  bool second_blocks_ = false;
};

void Reader::Wants(std::string_view text) {
  std::string_view context;
  const std::string_view task = TaskOf(text, context);
  if (report_.task.empty()) report_.task = std::string(task);
  if (!context.empty()) report_.context = std::string(context);
  Target(&report_.wanted);
}

// "t/1 is trying to release lock (&a->b) at:"; the place is on the next line.
void Reader::Releases(std::string_view text) {
  Wants(text);
  const std::string_view rest = text.substr(std::min(text.find(" lock (") + 6, text.size()));
  const std::size_t end = rest.rfind(") at:");
  const std::string_view name = end == std::string_view::npos ? Until(rest.substr(1), ")") : rest.substr(1, end - 1);
  report_.wanted = NamedLock(name);
  lock_ = nullptr;
}

void Reader::ChainEntryLine(std::string_view text) {
  const std::optional<int> number = ConsumeChainNumber(text);
  const std::optional<LockText> lock = ParseLock(text);
  if (!lock) return;
  const std::size_t by = text.rfind(", wanted by ");
  // A symbolizer repeats a line for each inlined frame.
  if (report_.chain.empty() || report_.chain.back().number != *number) {
    if (report_.chain.size() >= kTraceMax) return;
    report_.chain.push_back({*number, *lock, {}, std::nullopt, ""});
    if (by != std::string_view::npos) report_.chain.back().thread = std::string(Until(text.substr(by + 12), " ("));
  }
  trace_ = &report_.chain.back().trace;
}

void Reader::HeldCount(std::string_view text) {
  int count = 0;
  std::size_t n = 0;
  for (; n < text.size() && n < 4 && IsDigit(text[n]); ++n) count = count * 10 + (text[n] - '0');
  if (n == 0) return;
  report_.held_count = count;
  report_.held_locks.clear();
  const std::size_t by = text.find(" held by ");
  std::string_view task = text.substr(by + 9);
  if (task.ends_with(":")) task.remove_suffix(1);
  if (report_.task.empty()) report_.task = std::string(Trimmed(task));
}

// "context-{5:5}": the context's inner wait type, behind the colon.
void Reader::WaitContext(std::string_view text) { report_.context = std::string(text); }

void Reader::Inconsistent(std::string_view text) {
  const std::size_t arrow = text.find("} -> {");
  if (arrow == std::string_view::npos) return;
  const std::size_t open = text.find('{');
  report_.old_usage = std::string(text.substr(open + 1, arrow - open - 1));
  report_.new_usage = std::string(Until(text.substr(arrow + 6), "}"));
}

void Reader::BeginIrq(Phrase phrase, std::string_view text) {
  const auto irq_word = [text](std::string_view before) {
    const std::size_t at = text.find(before);
    if (at == std::string_view::npos) return std::string();
    return std::string(Until(text.substr(at + before.size()), "-"));
  };
  switch (phrase) {
    case Phrase::kSafeLock:
      report_.irq_word = irq_word("connects a ");
      Target(&report_.safe);
      break;
    case Phrase::kUnsafeLock: Target(&report_.unsafe); break;
    case Phrase::kTookUnsafe:
      report_.irq_word = irq_word("another, ");
      Target(&report_.unsafe);
      break;
    case Phrase::kTakenBySafe:
      report_.irq_word = irq_word("another, ");
      Target(&report_.safe);
      break;
    case Phrase::kSafeAt: trace_ = &report_.safe_at; break;
    case Phrase::kUnsafeAt: trace_ = &report_.unsafe_at; break;
    case Phrase::kRegistered: trace_ = &report_.registered_at; break;
    case Phrase::kSafeBlocks:
    case Phrase::kUnsafeBlocks: second_blocks_ = phrase == Phrase::kUnsafeBlocks; break;
    default: break;
  }
}

void Reader::Begin(Phrase phrase, std::string_view text) {
  part_ = phrase;
  lock_ = nullptr;
  trace_ = nullptr;
  switch (phrase) {
    case Phrase::kWants: Wants(text); break;
    case Phrase::kReleases: Releases(text); break;
    case Phrase::kFrees: Wants(text); break;
    case Phrase::kHolds: Target(&report_.held); break;
    case Phrase::kChainEntry: ChainEntryLine(text); break;
    case Phrase::kInconsistent: Inconsistent(text); break;
    case Phrase::kHeldList: HeldCount(text); break;
    case Phrase::kNoLocksHeld: report_.held_count = 0; break;
    case Phrase::kWaitContext: WaitContext(text); break;
    case Phrase::kBacktrace: trace_ = &report_.backtrace; break;
    default: BeginIrq(phrase, text); break;
  }
}

// The line behind "... lock:".
void Reader::ContinueLock(std::string_view text) {
  std::optional<LockText> lock = ParseLock(text);
  // Without usage it is a lock only where the kernel prints none.
  if (lock && lock->usage.empty() && !lock->mode && lock->at.function.empty()) lock.reset();
  if (lock) {
    *lock_ = std::move(lock);  // the last one: a symbolizer repeats it for each inlined frame
  } else if (++noise_ > kNoiseMax) {
    lock_ = nullptr;
  }
}

void Reader::ChainNames(std::string_view text) {
  if (report_.chain_names.size() >= 8) return;
  while (!text.empty()) {
    std::string_view name = Until(text, "-->");
    text.remove_prefix(std::min(text.size(), name.size() + 3));
    name = Trimmed(name);
    if (!name.empty()) report_.chain_names.emplace_back(name);
  }
}

void Reader::NewDependency(std::string_view text) {
  const std::size_t arrow = text.find("} -> (");
  const std::size_t typed = text.find("} -> (") == std::string_view::npos ? std::string_view::npos : arrow;
  if (typed == std::string_view::npos) return;
  if (!report_.held) report_.held = ParseLock(text.substr(0, typed + 1));
  if (!report_.wanted) report_.wanted = ParseLock(text.substr(typed + 5));
}

void Reader::HeldLock(std::string_view text) {
  const std::optional<int> number = ConsumeHeldNumber(text);
  if (!number) return;
  std::optional<LockText> lock = ParseLock(text);
  if (!lock) return;
  std::vector<HeldLockText>& locks = report_.held_locks;
  if (!locks.empty() && locks.back().number == *number) {
    locks.back().lock = std::move(*lock);
  } else if (locks.size() < kTraceMax) {
    locks.push_back({*number, std::move(*lock)});
  }
}

void Reader::ScenarioStep(std::string_view text) {
  const std::size_t open = text.find('(');
  if (text == "<Interrupt>") {
    report_.scenario.emplace_back(text);
    return;
  }
  if (open == std::string_view::npos || open > 5 || report_.scenario.size() >= 64) return;
  const std::string_view verb = text.substr(0, open);
  if (verb != "lock" && verb != "rlock" && verb != "sync") return;
  const std::size_t close = text.rfind(')');
  if (close == std::string_view::npos) return;
  report_.scenario.emplace_back(text.substr(0, close + 1));
}

// "-> (a){...} ops: 2 {", then "HARDIRQ-ON-W at:" with traces that are passed over, "... acquired at:".
void Reader::Block(std::string_view text) {
  if (text.starts_with("-> (")) {
    const std::optional<LockText> lock = ClassOf(text);
    if (lock && !lock->usage.empty() && report_.blocks.size() < kTraceMax) {
      report_.blocks.push_back({*lock, {}, second_blocks_});
    }
    trace_ = nullptr;
  } else if (text.ends_with("acquired at:")) {
    trace_ = report_.blocks.empty() ? nullptr : &report_.blocks.back().acquired;
  } else if (text.ends_with(" at:")) {
    trace_ = nullptr;
  } else {
    Frame(text, false);
  }
}

void Reader::Frame(std::string_view text, bool bare) {
  if (trace_ == nullptr || trace_->size() >= kTraceMax) return;
  std::optional<TraceFrame> frame = ParseFrame(text);
  if (!frame && bare) frame = ParseBareFrame(text);
  if (frame && !frame->function.empty()) trace_->push_back(std::move(*frame));
}

// "6.12.117 #1 Tainted: G", or the same further down, behind "Comm: x".
void Reader::Ident(std::string_view text) {
  if (!report_.version.empty()) return;
  for (const std::string_view word : {"Not tainted ", "Tainted: "}) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos || !(Contains(text, "omm: "))) continue;
    std::string_view rest = text.substr(at + word.size());
    while (!rest.empty()) {
      rest = Trimmed(rest);
      const std::string_view part = Until(rest, " ");
      if (part.size() > 3 && ParseVersion(part)) {
        report_.version = std::string(part);
        return;
      }
      rest.remove_prefix(part.size());
    }
  }
  const std::string_view first = Until(text, " ");
  if (part_ == Phrase::kNothing && report_.task.empty() && first.size() > 3 && ParseVersion(first)) {
    report_.version = std::string(first);
  }
}

void Reader::Continue(std::string_view text) {
  Ident(text);
  if (lock_ != nullptr) {
    ContinueLock(text);
    return;
  }
  switch (part_) {
    case Phrase::kReleases:
      if (report_.wanted && report_.wanted->at.function.empty()) {
        if (const auto frame = ParseFrame(text)) report_.wanted->at = *frame;
      }
      break;
    case Phrase::kNotHolding:
      if (report_.nest_names.empty() && !IsForeignTitle(text)) report_.nest_names.emplace_back(text);
      break;
    case Phrase::kNewDependency: NewDependency(text); break;
    case Phrase::kChainNames: ChainNames(text); break;
    case Phrase::kScenario: ScenarioStep(text); break;
    case Phrase::kHeldList: HeldLock(text); break;
    case Phrase::kSafeBlocks:
    case Phrase::kUnsafeBlocks: Block(text); break;
    case Phrase::kBacktrace: Frame(text, report_.backtrace.size() < 64); break;
    case Phrase::kChainEntry:
      if (text.starts_with("while holding (") && !report_.chain.empty()) {
        report_.chain.back().holding = ParseLock(text.substr(14));
      } else {
        Frame(text, false);
      }
      break;
    default: Frame(text, false); break;
  }
}

// The kind of a report without a title, from what it shows.
void InferKind(KernelReport& report) {
  if (report.has_title || report.kind != ReportKind::kCircular) return;
  const bool same = report.wanted && report.held && report.wanted->Label() == report.held->Label();
  if (same && report.chain.empty() && report.chain_names.empty()) report.kind = ReportKind::kRecursive;
}

}  // namespace

KernelReport ReadReport(ReportSegment segment) {
  KernelReport report;
  report.kind = segment.kind;
  report.has_title = segment.has_title;
  if (!segment.lines.empty()) {
    report.first_line = segment.lines.front().number;
    report.last_line = segment.lines.back().number;
    report.message = segment.lines.front().text;
  }
  const std::vector<LogLine> lines = JoinLines(std::move(segment.lines));
  Reader reader(report);
  for (std::size_t i = report.has_title ? 1 : 0; i < lines.size(); ++i) reader.Line(lines[i].text);
  InferKind(report);
  AddGaps(report, segment.cut);
  return report;
}

}  // namespace lockdep::kernel
