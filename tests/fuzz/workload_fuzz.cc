// Any bytes as a workload script: read, resolve, run in the model, check.  Nothing may crash, hang
// or depend on chance.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lockdep/check.h"
#include "workloads/check.h"

namespace {

// Small limits: a script of many threads or steps says nothing new.
lockdep::workloads::CheckOptions Options() {
  lockdep::workloads::CheckOptions options;
  options.simulation.steps_max = 300;
  options.simulation.threads_max = 12;
  options.simulation.rounds_max = 20;
  options.simulation.runs_max = 20;
  return options;
}

// Programs of many combinations or locks take long and are no different from few.
bool IsSmall(std::string_view text) {
  int switches = 0;
  for (std::size_t at = text.find("switch"); at != std::string_view::npos; at = text.find("switch", at + 1)) ++switches;
  return text.size() <= 4096 && switches <= 3;
}

std::string Describe(const lockdep::workloads::ScriptResult& result) {
  std::string text;
  for (const auto& error : result.errors) text += error.ToString() + "\n";
  for (const auto& setting : result.settings) {
    for (const std::string& problem : setting.problems) text += problem + "\n";
    for (const lockdep::Finding& finding : setting.findings)
      text += lockdep::Summary(finding) + finding.detail + "\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!IsSmall(text)) return 0;
  const std::string first = Describe(lockdep::workloads::CheckScript(text, "x", Options()));
  const std::string second = Describe(lockdep::workloads::CheckScript(text, "x", Options()));
  LOCKDEP_CHECK(first == second);
  return 0;
}
