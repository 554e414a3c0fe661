// What the process that runs a scenario on real threads tells the one that started it.
//
// As bytes, for a process of the same program.  Plain data.  Thread-safe: no state.
#ifndef WORKLOADS_SCENARIO_REPORT_H_
#define WORKLOADS_SCENARIO_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hotplug/stress.h"
#include "lockdep/finding.h"

namespace lockdep::workloads {

struct ScenarioReport {
  // Threads that wait for each other, and checks that did not hold; what the validator found.
  std::vector<Finding> happened;
  std::vector<Finding> findings;
  std::vector<std::pair<std::string, std::uint64_t>> broken;  // each check's text, how often
  std::vector<std::string> problems;                          // threads that did not end
  std::vector<std::string> notes;                             // of the validator
  hotplug::StressResult stress;
};

std::string ToBytes(const ScenarioReport& report);
// Nothing if it is not the whole of a report.
std::optional<ScenarioReport> ReportFromBytes(std::string_view bytes);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCENARIO_REPORT_H_
