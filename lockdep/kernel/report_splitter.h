// Cuts the reports of the lock validator out of a log, line by line.
//
// A report begins with its title, or where that was left out with the first sentence that only such a
// report has.  It ends with the next title, with the report of another subsystem, or when nothing that
// belongs to it has come for a while.  Where the log names the caller of each line, lines of others are
// left out, and reports of several cpus at once stay apart.
//
// Thread-compatible.  Memory: kReportLinesMax lines for each open report, of which there are at most
// kOpenMax; nothing else is kept.
#ifndef LOCKDEP_KERNEL_REPORT_SPLITTER_H_
#define LOCKDEP_KERNEL_REPORT_SPLITTER_H_

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "lockdep/kernel/kernel_report.h"
#include "lockdep/kernel/log_line.h"

namespace lockdep::kernel {

inline constexpr std::size_t kReportLinesMax = 20000;
inline constexpr std::size_t kOpenMax = 8;

struct ReportSegment {
  ReportKind kind = ReportKind::kCircular;
  bool has_title = false;
  bool cut = false;            // longer than kReportLinesMax
  std::vector<LogLine> lines;  // the title first, if there is one
};

class ReportSplitter {
 public:
  using Sink = std::function<void(ReportSegment)>;
  explicit ReportSplitter(Sink sink) : sink_(std::move(sink)) {}

  void Add(LogLine line);
  // The log ends.
  void Finish();

 private:
  struct Open {
    std::string caller;
    ReportSegment segment;
    std::size_t used = 0;  // lines up to the last one that belongs to the report
    bool wants_seen = false;
    bool backtrace_seen = false;
  };

  Open* Find(const std::string& caller);
  Open& Begin(const LogLine& line, ReportKind kind, bool has_title);
  void Append(Open& open, LogLine line, bool belongs);
  void End(Open& open);

  Sink sink_;
  std::list<Open> open_;
  std::string last_caller_;  // of the line before: one without a caller continues it
};

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_SPLITTER_H_
