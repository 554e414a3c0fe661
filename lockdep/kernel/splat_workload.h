// A report as a workload (workloads/README.md): one thread for each link, so that its deadlock can be replayed
// and explored.
//
// Each thread takes the lock it holds, then the one it wants, with the modes that are known.  What is not
// known becomes a switch with both settings: `gate_LOCK` where a lock that the reporting task holds may be held
// by the others, too; `mode_LOCK` where a lock may be held for reading.  A gate that is known (by chains or
// rules) stands in the script without a switch.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_
#define LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

// An error, as a sentence, where the finding is no cycle of two or more whole links and no recursion.
absl::StatusOr<std::string> FormatWorkload(const KernelFinding& made, const Judgement& judgement);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_
