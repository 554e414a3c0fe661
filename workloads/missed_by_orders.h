// Why a hang does not consist of lock orders that were recorded.
//
// Thread-safe: no state.
#ifndef WORKLOADS_MISSED_BY_ORDERS_H_
#define WORKLOADS_MISSED_BY_ORDERS_H_

#include <string>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "workloads/program.h"

namespace lockdep::workloads {

// "done is a completion", "m is not validated"; empty: every link is a recorded dependency.
// `dependencies` are (held, wanted) names of nodes.
std::string WhyMissedByOrders(const Program& program, const Finding& hang,
                              const std::vector<std::pair<std::string, std::string>>& dependencies);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_MISSED_BY_ORDERS_H_
