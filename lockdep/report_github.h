// Findings as workflow commands of GitHub Actions, which shows them beside the code of a change.
//
// `::error` for a finding that counts, `::notice` for one whose verdict is `false`, and for one that is suppressed or
// in the baseline, with the reason.  What a script expects is not told.  A script that failed or could not be run is an
// `::error`, and a note is a `::notice`.
//
// The same report gives the same bytes.  Thread-safe: no state.
#ifndef LOCKDEP_REPORT_GITHUB_H_
#define LOCKDEP_REPORT_GITHUB_H_

#include <string>

#include "lockdep/report.h"

namespace lockdep {

// A line for each.
std::string FormatGithub(const Report& report);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_GITHUB_H_
