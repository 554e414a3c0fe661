// Compares what was found with the `expect` lines of a script.
//
// Every finding must be matched by an `expect finding` line and every line by a finding; one line
// may match several, and several lines one.  How names match is said at LockIsNamed.
//
// Thread-safe: no state.  Cost: findings x lines x length of the longest cycle squared.
#ifndef WORKLOADS_EXPECTATIONS_H_
#define WORKLOADS_EXPECTATIONS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct ExpectationOutcome {
  std::string text;  // as in the script
  Position at;
  bool met = false;
  bool decided = true;  // false: nothing was searched, and only that can tell
};

struct CheckResult {
  std::vector<bool> expected;                // of each finding: a line matches it
  std::vector<std::string> unexpected;       // of each finding: the one of `mismatches` that says that none does, or ""
  std::vector<ExpectationOutcome> outcomes;  // of each line
  std::vector<std::string> mismatches;       // sentences: lines not met, findings not expected
};

// What the search of all schedules said, as far as `expect explore` asks for it.
struct Explored {
  bool exhausted = false;
  std::vector<bool> hung;  // of each finding: its hang was reached
  std::vector<Finding> livelocks;
};

// `explored` is null where nothing was searched.  Then lines that only a search can decide are left
// out, and a finding whose verdict is unknown fits any verdict.
CheckResult CheckExpectations(const Program& program, const std::vector<Finding>& findings,
                              const std::vector<std::pair<std::string, std::string>>& dependencies,
                              const Explored* explored);

// Whether a name in an `expect` line can mean this lock of a finding: the class's name (also "C/1"
// with the subclass), the lock's own, an instance ("o[1]"), the name of an array for any of its
// locks, the name of a thread for its end.
bool LockIsNamed(const Program& program, std::string_view name, const FindingLock& lock);

// Whether the names are the finding's own locks, in any rotation, and the kind fits.
bool NamesFinding(const Program& program, const Expectation& expectation, const Finding& finding);

// Whether the line matches the finding altogether: names, kind, verdict and reasons.
bool MatchesFinding(const Program& program, const Expectation& expectation, const Finding& finding);

// Whether some line expects what a search of all schedules reached: a hang, an assert that does not
// hold, a data race.
bool ExpectsReached(const Program& program, const Finding& reached);

// Whether the line names a hang, whatever verdict it gives: its kind is a hang or what is one when it
// happens (a cycle of orders, a nesting, a self-deadlock), or not given.
bool ExpectsHang(const Program& program, const Expectation& expectation, const Finding& hang);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_EXPECTATIONS_H_
