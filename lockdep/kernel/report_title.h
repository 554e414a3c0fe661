// The lines that say which kind of report begins, in the words of all kernels since 2.6.17.
//
// Sources: kernel/locking/lockdep.c (kernel/lockdep.c before 3.11) and kernel/rcu/update.c; the tags were
// "[ INFO: ... ]" and "[ BUG: ... ]" before 4.13; kernel/dependency/dept.c for DEPT.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_REPORT_TITLE_H_
#define LOCKDEP_KERNEL_REPORT_TITLE_H_

#include <optional>
#include <string_view>

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

// The kind if `text` (one cleaned line) is a title.
std::optional<ReportKind> TitleOf(std::string_view text);

// Does another subsystem's report begin here, so that a lock report before it has ended?
bool IsForeignTitle(std::string_view text);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_TITLE_H_
