// Why a hang does not consist of lock orders that were recorded.
//
// Thread-safe: no state.
#ifndef WORKLOADS_MISSED_BY_ORDERS_H_
#define WORKLOADS_MISSED_BY_ORDERS_H_

#include <string>

#include "lockdep/finding.h"
#include "workloads/order_pass.h"
#include "workloads/program.h"

namespace lockdep::workloads {

// "done is a completion", "m is not validated"; empty: every link is one that the orders have.
std::string WhyMissedByOrders(const Program& program, const Finding& hang, const OrderPassResult& orders);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_MISSED_BY_ORDERS_H_
