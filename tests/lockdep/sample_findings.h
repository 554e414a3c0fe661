// Findings made by hand, at least one of every kind, for the tests of the reports.
//
// Immutable.
#ifndef TESTS_LOCKDEP_SAMPLE_FINDINGS_H_
#define TESTS_LOCKDEP_SAMPLE_FINDINGS_H_

#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

struct SampleFinding {
  std::string name;  // of its golden files
  Finding finding;   // SetFingerprint is done
};

std::vector<SampleFinding> SampleFindings();

// A place with one frame.
Place At(const std::string& function, const std::string& file, int line);
// A place with callers, innermost first.
Place At(std::vector<StackFrame> stack);

// locks[0] -> locks[1] -> ... -> locks[0], exclusive and blocking throughout, thread i making link i.
Finding Cycle(const std::vector<std::string>& names);

}  // namespace lockdep

#endif  // TESTS_LOCKDEP_SAMPLE_FINDINGS_H_
