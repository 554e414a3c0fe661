// Scripts for the reports that are about no cycle of locks: interrupts, wait contexts, and misuse.
//
// An order that is unsafe under interrupts has one thread for each of its links, with interrupts off, one that
// takes the safe end in an interrupt, and one that holds the unsafe end with interrupts on.  A misuse is the one
// statement that is wrong.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_MISUSE_SCRIPT_H_
#define LOCKDEP_KERNEL_MISUSE_SCRIPT_H_

#include <string>

#include "absl/status/statusor.h"
#include "lockdep/kernel/kernel_finding.h"

namespace lockdep::kernel {

// REQUIRES: the finding is neither circular nor recursive.  An error, as a sentence, where the report does not
// show enough, or shows what the language has no words for (the reclaim states of kernels before 4.14).
absl::StatusOr<std::string> FormatMisuse(const KernelFinding& made);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_MISUSE_SCRIPT_H_
