#include "lockdep/kernel/report_gaps.h"

#include <cstddef>
#include <string>

namespace lockdep::kernel {
namespace {

void ChainGaps(KernelReport& report) {
  if (report.chain.empty()) {
    report.gaps.emplace_back("the dependency chain is not shown");
  } else if (!ChainIsComplete(report)) {
    report.gaps.emplace_back("the dependency chain has holes");
  }
  for (const ChainEntry& entry : report.chain) {
    if (entry.trace.empty()) {
      report.gaps.push_back("the call chain of #" + std::to_string(entry.number) + " (" + entry.lock.Label() +
                            ") is not shown");
    }
  }
}

}  // namespace

bool ChainIsComplete(const KernelReport& report) {
  if (report.chain.size() < 2) return false;
  for (std::size_t i = 0; i < report.chain.size(); ++i) {
    if (report.chain[i].number != static_cast<int>(report.chain.size() - 1 - i)) return false;
  }
  return true;
}

void AddGaps(KernelReport& report, bool cut) {
  if (!IsLockReport(report.kind)) return;
  if (!report.has_title) report.gaps.emplace_back("the title is not shown; the kind is inferred from the rest");
  if (report.version.empty()) report.gaps.emplace_back("the kernel version is not shown");
  if (!report.wanted) report.gaps.emplace_back("the lock that the report is about is not shown");
  if (report.kind == ReportKind::kCircular) {
    if (!report.held) report.gaps.emplace_back("the lock that was held is not shown");
    ChainGaps(report);
  }
  const auto shown = static_cast<int>(report.held_locks.size());
  if (report.held_count < 0) {
    report.gaps.emplace_back("the list of held locks is not shown");
  } else if (shown < report.held_count) {
    report.gaps.push_back("only " + std::to_string(shown) + " of " + std::to_string(report.held_count) +
                          " held locks are shown");
  }
  if (cut) report.gaps.emplace_back("the report is longer than is read; its end was passed over");
}

}  // namespace lockdep::kernel
