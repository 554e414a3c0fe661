// Findings as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), which code hosts and editors show beside
// the code.
//
// One rule for each kind of finding, one result for each finding: level `error`, or `note` if its verdict is `false`.
// A result has a code flow with a thread flow for each side, stacks, and the locks held beside as related locations.
// Its identity is partialFingerprints["lockdep/v1"].  `baselineState` and `suppressions` are there where they are
// known; a finding that a line of its script expects is suppressed in its source.  Files keep their names: relative
// ones are relative to %SRCROOT%.  A place without a file is left out.
//
// The same report gives the same bytes.  Thread-safe: no state.
#ifndef LOCKDEP_REPORT_SARIF_H_
#define LOCKDEP_REPORT_SARIF_H_

#include <nlohmann/json.hpp>
#include <string>

#include "lockdep/report.h"

namespace lockdep {

// Symbolize the findings before, if their places have code addresses.
nlohmann::ordered_json ToSarif(const Report& report);

// As bytes; ends with a newline.
std::string FormatSarif(const Report& report);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_SARIF_H_
