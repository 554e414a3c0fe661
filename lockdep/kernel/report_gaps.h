// What a report should show and does not, said in sentences.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_REPORT_GAPS_H_
#define LOCKDEP_KERNEL_REPORT_GAPS_H_

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

// Fills report.gaps.  `cut`: the report was longer than is read.
void AddGaps(KernelReport& report, bool cut);

// Does the chain go from #N to #0 without a hole, so that the cycle is known whole?
bool ChainIsComplete(const KernelReport& report);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_GAPS_H_
