// Why a finding that no schedule of a script reaches cannot happen: what would have to be taken away from the script
// for its cycle to hang (lockdep/counterfactual.h).
//
// Thread-safe: no state.  Cost: searches of at most kReasonStatesMax states together.
#ifndef WORKLOADS_REASONS_OF_FALSE_H_
#define WORKLOADS_REASONS_OF_FALSE_H_

#include <cstdint>
#include <string>

#include "lockdep/exploration.h"
#include "lockdep/finding.h"
#include "workloads/program.h"

namespace lockdep::workloads {

inline constexpr std::uint64_t kReasonStatesMax = 200'000;

// Adds the reasons, and the locks that they are about.  `otherwise` is the evidence where no single
// thing keeps it from happening.
void AddReasonsOfFalse(const Program& program, const ExploreOptions& options, const std::string& otherwise,
                       Finding& finding);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_REASONS_OF_FALSE_H_
