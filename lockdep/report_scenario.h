// The table of a report: a column per participant, a row per step, time running down.
//
//        writer                  reader
//        ----                    ----
//   lock(a);
//                                lock(b);
//                                lock(a);  <- waits for writer
//   lock(b);  <- waits for reader
//
// The form is that of the Linux kernel's lockdep (print_circular_lock_scenario), with any number of
// columns.  Where the columns do not fit a line, the steps are a list that names the participant.
//
// Thread-compatible: no state.
#ifndef LOCKDEP_REPORT_SCENARIO_H_
#define LOCKDEP_REPORT_SCENARIO_H_

#include <cstddef>
#include <string>
#include <vector>

namespace lockdep {

inline constexpr std::size_t kReportColumns = 100;  // lines are broken to stay below, where they can

struct ScenarioStep {
  std::size_t column = 0;
  std::string text;
  std::string note;  // printed behind the text, after "<- "; may be empty
};

// REQUIRES: every step's column is one of `columns`.
std::string FormatScenario(const std::vector<std::string>& columns, const std::vector<ScenarioStep>& steps);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_SCENARIO_H_
