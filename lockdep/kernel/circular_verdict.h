// The verdict of a circular report: gates, trylocks, readers, and the question that is left.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_CIRCULAR_VERDICT_H_
#define LOCKDEP_KERNEL_CIRCULAR_VERDICT_H_

#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

// REQUIRES: made.finding.kind is kCircular.
void JudgeCircular(KernelFinding& made, const Evidence& evidence, Judgement& judgement);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_CIRCULAR_VERDICT_H_
