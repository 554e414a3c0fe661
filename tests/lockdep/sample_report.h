// A report with a finding of every standing, for the tests of the formats that are made of it.
//
// Immutable.
#ifndef TESTS_LOCKDEP_SAMPLE_REPORT_H_
#define TESTS_LOCKDEP_SAMPLE_REPORT_H_

#include <string>

#include "lockdep/report.h"

namespace lockdep {

// A finding that counts, a false one, a suppressed one, one of the baseline, one that grew stronger, one that is
// expected; a good script, a failed one and one that could not be run; an error and a note.
Report SampleReport();

// The finding of that name in SampleFindings().
Finding SampleNamed(const std::string& name);

}  // namespace lockdep

#endif  // TESTS_LOCKDEP_SAMPLE_REPORT_H_
