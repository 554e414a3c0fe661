// Whether findings agree with every schedule of their program: no verdict is wrong, no hang is missed.
//
// Pure functions.
#ifndef TESTS_REFERENCE_VERDICT_CHECK_H_
#define TESTS_REFERENCE_VERDICT_CHECK_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/reference/program.h"
#include "tests/reference/reference_findings.h"
#include "tests/reference/schedules.h"

namespace lockdep::reference {

struct VerdictCheck {
  // A finding with verdict `false` and a reachable hang with exactly its links; one with `predicted` and no such
  // hang.
  std::vector<std::string> wrong;
  // A reachable hang of which no finding, or only `false` ones, lies on its locks.
  std::vector<std::string> missed;
  // A reachable hang that is no finding itself, and none of the shorter findings that stand for it can hang.  Not an
  // error by the definitions, but worth a count: refuting the shorter finding would leave this hang unreported.
  std::vector<std::string> hidden;
  std::size_t false_findings = 0;
  std::size_t predicted_findings = 0;
  std::size_t undecided = 0;  // circular findings that are `unknown`
};

// REQUIRES: exploration.exhausted.
VerdictCheck CheckVerdicts(const Program& program, const Claims& claims, const Exploration& exploration);

// Drops threads, operations and what makes them special while `fails` stays true.  REQUIRES: fails(program).
Program Shrink(Program program, const std::function<bool(const Program&)>& fails);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_VERDICT_CHECK_H_
