#include "workloads/reasons_of_false.h"

namespace lockdep::workloads {

void AddReasonsOfFalse(const Program&, const ExploreOptions&, const std::string& otherwise, Finding& finding) {
  finding.reasons.push_back({ReasonKind::kCannotRunConcurrently, {}, otherwise});
}

}  // namespace lockdep::workloads
