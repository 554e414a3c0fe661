// The cycle that a circular report is about, as far as its text shows it.
//
// With its whole chain it is exact: #0 -> #1 -> ... -> #N -> #0, where the trace of #k is where #k was taken
// while #k-1 was held, and that of #0 is the request that closed the cycle (print_circular_bug).  Without
// the chain the few locks that other parts name are in it, with gaps between them.
//
// Thread-safe: plain data.
#ifndef LOCKDEP_KERNEL_REPORT_CYCLE_H_
#define LOCKDEP_KERNEL_REPORT_CYCLE_H_

#include <optional>
#include <string>
#include <vector>

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

struct ReportedLink {
  LockText held;
  Trace wanted_at;   // where the next lock was taken; may be empty
  bool gap = false;  // other locks may stand between this one and the next
  // Lockdep's own reports only; the kernel's do not say.
  std::optional<LockText> how_held, how_wanted;
  std::string thread;
};

struct ReportedCycle {
  // Link i holds its lock and wants that of link i + 1; the last one wants that of link 0, and is the
  // request of the task that reports.  Fewer than two: the report shows too little.
  std::vector<ReportedLink> links;

  bool IsComplete() const;
};

// REQUIRES: report.kind is kCircular.
ReportedCycle CycleOf(const KernelReport& report);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_CYCLE_H_
