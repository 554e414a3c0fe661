// A kernel's report told in one screen: who holds what and wants what, what could make it harmless, whether
// it can hang, and which question is left.  The long form, in the kernel's own shape, is report_text.h.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_SPLAT_TEXT_H_
#define LOCKDEP_KERNEL_SPLAT_TEXT_H_

#include <string>
#include <vector>

#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

struct SplatTextOptions {
  bool color = false;
};

// `also` are the places of further reports with the same fingerprint, "dmesg.2:17".
std::string FormatSplat(const KernelFinding& made, const Judgement& judgement, const std::vector<std::string>& also,
                        const SplatTextOptions& options = {});

// "dmesg:12-80".
std::string LinesOf(const KernelReport& report, const std::string& source);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_SPLAT_TEXT_H_
