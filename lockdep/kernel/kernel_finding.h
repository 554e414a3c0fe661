// A report as a Finding, the form that everything else of lockdep works with.
//
// The cycle's locks, the links with their call chains, the reporter's held locks.  A mode that the text does
// not tell is written as exclusive and named in `assumed`; the verdict never rests on it.  Numbers that
// differ from boot to boot (addresses, offsets, pids, cpus, "#2") stay out of the fingerprint.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_KERNEL_FINDING_H_
#define LOCKDEP_KERNEL_KERNEL_FINDING_H_

#include <optional>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

// What is known of the modes of link i of the finding (finding.edges[i]).
struct LinkModes {
  std::optional<Mode> held;
  std::optional<Mode> wanted;
};

struct KernelFinding {
  KernelReport report;
  Finding finding;                   // verdict unknown, nothing missing yet
  std::vector<LinkModes> modes;      // by link
  std::vector<LockText> locks;       // by index into finding.locks
  bool complete = true;              // false: locks of the cycle are not shown
  std::vector<std::string> assumed;  // sentences about modes that were assumed
};

// Nothing where the report is none about locks, or breaks off before there is anything to say; `why` is then
// a sentence.  `source` names the log.
std::optional<KernelFinding> MakeFinding(const KernelReport& report, const std::string& source, std::string& why);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_KERNEL_FINDING_H_
