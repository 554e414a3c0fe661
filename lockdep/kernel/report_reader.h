// Reads one report, as the splitter cut it out, into data.
//
// All kinds are read by the same state machine: a sentence says which part begins (report_phrase.h), and
// the lines behind it belong to that part.  Lines that fit no part are noise and are passed over.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_REPORT_READER_H_
#define LOCKDEP_KERNEL_REPORT_READER_H_

#include "lockdep/kernel/kernel_report.h"
#include "lockdep/kernel/report_splitter.h"

namespace lockdep::kernel {

KernelReport ReadReport(ReportSegment segment);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_READER_H_
