// Cycles in the lock orders of a whole kernel, as findings: also those that the kernel does not report.
//
// The kernel misses a strong cycle where a weak order was stored first, and an order below a recursive reader;
// and it does not look at all at classes that are not validated (__lockdep_no_validate__, the mutex of every
// device).  What is found here is at most a question, because chains record no modes: `unknown`, or `false`
// where a gate is proved.
//
// Two locks that were only held together are no order, and make no finding; except beside a class that is not
// validated, and that only where /proc/lockdep shows it to be one.
//
// Thread-safe: no state.  Cost: that of ChainGraph::Cycles.
#ifndef LOCKDEP_KERNEL_CHAIN_FINDING_H_
#define LOCKDEP_KERNEL_CHAIN_FINDING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/kernel/chain_graph.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

inline constexpr std::size_t kCyclesMax = 1000;

struct ChainCycle {
  Finding finding;
  bool not_validated = false;         // through a class that the kernel does not check
  std::vector<std::string> examples;  // by link: one chain, oldest lock first, "a, b -> c"
  std::vector<std::size_t> counts;    // by link: in how many chains it was seen
  std::vector<std::string> gates;     // held in all chains of two links; not proved to exclude
};

struct ChainFindings {
  std::vector<ChainCycle> cycles;
  std::vector<std::string> notes;
};

// `evidence.chains` must be there.
ChainFindings FindChainCycles(const Evidence& evidence, const std::string& source);

// For people.
std::string FormatChainCycle(const ChainCycle& cycle);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_CHAIN_FINDING_H_
