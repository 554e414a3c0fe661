// Reads a kernel log of any size and hands over its lock reports, in the order in which they end.
//
// Thread-compatible.  Memory is bounded whatever the log holds: one raw line of at most kRawLineMax bytes
// (the rest of a longer one is passed over) and the open reports (report_splitter.h).
#ifndef LOCKDEP_KERNEL_KERNEL_LOG_H_
#define LOCKDEP_KERNEL_KERNEL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/kernel/kernel_report.h"
#include "lockdep/kernel/log_line.h"
#include "lockdep/kernel/report_splitter.h"

namespace lockdep::kernel {

inline constexpr std::size_t kRawLineMax = 16U << 10U;

class KernelLogReader {
 public:
  using Sink = std::function<void(KernelReport)>;
  explicit KernelLogReader(Sink sink);

  // The next bytes of the log, in pieces of any size.
  void Add(std::string_view bytes);
  void Finish();

  std::uint64_t lines() const { return number_; }

 private:
  void RawLine();

  ReportSplitter splitter_;
  std::string raw_;
  std::vector<LogLine> cleaned_;
  std::uint64_t number_ = 0;
  bool pending_ = false;  // there is a line without its newline
};

// A whole log.
std::vector<KernelReport> ReadKernelLog(std::string_view text);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_KERNEL_LOG_H_
