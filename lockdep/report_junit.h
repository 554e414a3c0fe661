// Findings as JUnit XML, which build servers show as tests.
//
// One test suite.  A script is a test case: it passes, fails with its problems, or is an error if it could not be run.
// A finding is a test case named by its summary: one that counts is a failure with the text report as its body, one
// that is suppressed or in the baseline is skipped with the reason, any other passes.
//
// The same report gives the same bytes, so there are no times in it.  Thread-safe: no state.
#ifndef LOCKDEP_REPORT_JUNIT_H_
#define LOCKDEP_REPORT_JUNIT_H_

#include <string>
#include <string_view>

#include "lockdep/report.h"

namespace lockdep {

std::string FormatJunit(const Report& report);

// As the content of an element or of an attribute in double quotes: UTF-8, without the characters that XML 1.0
// forbids (U+FFFD stands for them), line ends kept.
std::string XmlText(std::string_view text);
std::string XmlAttribute(std::string_view text);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_JUNIT_H_
