// Checks one script: reads it, runs it and searches all its schedules under every setting, compares
// with what it expects.
//
// Thread-safe: no state.
#ifndef WORKLOADS_CHECK_H_
#define WORKLOADS_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hotplug/stress.h"
#include "lockdep/schedule_search.h"
#include "workloads/expectations.h"
#include "workloads/native_run.h"
#include "workloads/order_pass.h"

namespace lockdep::workloads {

// So many states take about a second; a script with more ends as `unknown`.
inline constexpr std::uint64_t kCheckStatesMax = 1'000'000;

struct CheckOptions {
  SimulationOptions simulation;
  bool explore = true;  // search all schedules
  SearchOptions search = [] {
    SearchOptions options;
    options.explore.states_max = kCheckStatesMax;
    return options;
  }();
  bool native = false;  // also run it on real threads
  NativeOptions native_options;
};

// That no line expects a finding.
struct UnexpectedFinding {
  std::size_t finding = 0;  // its index
  std::string problem;      // the one of `problems` that says so
};

// What came of one combination of settings.
struct SettingResult {
  std::string settings;  // "gate=on", or ""
  std::vector<Finding> findings;
  std::vector<bool> expected;  // of each finding
  std::vector<UnexpectedFinding> unexpected;
  std::vector<Finding> livelocks;  // warnings
  std::optional<ExploreStatistics> explored;
  std::vector<ExpectationOutcome> expectations;
  std::vector<std::string> problems;  // why it fails, one sentence each
  std::vector<std::string> notes;
  std::string not_run_natively;  // why not, where that was asked for
  std::optional<hotplug::StressResult> stress;
  bool for_real_threads = false;  // the script says that it is not to be searched
};

struct ScriptResult {
  std::string file;
  std::vector<ScriptError> errors;  // not empty: it could not be run
  std::vector<SettingResult> settings;

  bool ok() const;
  std::size_t finding_count() const;
  std::size_t expected_count() const;
};

ScriptResult CheckScript(std::string_view text, const std::string& file, const CheckOptions& options = {});

}  // namespace lockdep::workloads

#endif  // WORKLOADS_CHECK_H_
