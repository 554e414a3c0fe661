// Expectations of one setting of which no run could meet two.
#ifndef WORKLOADS_EXPECTATION_CONTRADICTIONS_H_
#define WORKLOADS_EXPECTATION_CONTRADICTIONS_H_

#include <vector>

#include "workloads/script_errors.h"
#include "workloads/syntax.h"

namespace lockdep::workloads {

void CheckContradictions(const std::vector<Expectation>& expectations, ScriptErrors& errors);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_EXPECTATION_CONTRADICTIONS_H_
