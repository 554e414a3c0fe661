// A report as a workload (workloads/README.md), so that its deadlock can be replayed and explored.
//
// A cycle has one thread for each link, which takes the lock it holds, then the one it wants, with the modes that
// are known.  What is not known becomes a switch with both settings (replay_script.h): `gate_1` where a lock that
// the reporting task holds may be held by the others, too; `held_2`, `wanted_3` where a lock may be taken for
// reading; `writer_4` where readers hang only behind a writer; `other_order_1` where two locks of a class may be
// taken the other way round.  A gate that is known (by chains or rules) stands in the script without a switch.
// Reports of other kinds: misuse_script.h.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_
#define LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

// An error, as a sentence, where the report does not show enough: a cycle or path with a gap, a wait context
// without its numbers; or shows what the language has no words for.
absl::StatusOr<std::string> FormatWorkload(const KernelFinding& made, const Judgement& judgement);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_SPLAT_WORKLOAD_H_
