// The path of locks that an irq report is about: from the interrupt-safe lock to the unsafe one.
//
// Sources: print_bad_irq_dependency, print_irq_inversion_bug, print_shortest_lock_dependencies.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_REPORT_PATH_H_
#define LOCKDEP_KERNEL_REPORT_PATH_H_

#include <vector>

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

struct PathStep {
  LockText lock;
  Trace next_at;     // where the next lock was taken while this one was held; may be empty
  bool gap = false;  // other locks may stand between this one and the next
};

// REQUIRES: report.kind is kIrqInversion or kIrqUnsafeOrder.  Fewer than two: the report shows too little.
std::vector<PathStep> IrqPathOf(const KernelReport& report);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_PATH_H_
