// The scripts of the corpus in all engines that search schedules: the same hangs.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/lockdep/explore/engine_comparison.h"
#include "workloads/lowering.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"

namespace lockdep::workloads {
namespace {

using explore::Compared;
using explore::CompareEngines;
using explore::EngineLimits;

std::vector<std::filesystem::path> Scripts() {
  std::vector<std::filesystem::path> scripts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(LOCKDEP_SCRIPT_DIR)) {
    if (entry.path().extension() == ".workload") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

std::vector<Program> SettingsOf(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  const ParseResult parsed = Parse(text.str(), file.string());
  REQUIRE(parsed.errors.empty());
  ResolveResult resolved = Resolve(parsed.script);
  REQUIRE(resolved.errors.empty());
  return std::move(resolved.programs);
}

// Of each script the first `settings_max` of its settings.
void CompareCorpus(std::size_t settings_max, const EngineLimits& limits) {
  int same = 0, by_reference = 0, hang = 0, too_large = 0, not_compared = 0;
  std::string left_out;
  for (const std::filesystem::path& file : Scripts()) {
    INFO(file.string());
    const std::vector<Program> settings = SettingsOf(file);
    for (std::size_t i = 0; i < std::min(settings.size(), settings_max); ++i) {
      if (settings[i].scenario != nullptr) continue;  // memory hotplug is C++: only fibers run it
      const Compared compared = CompareEngines(Lower(settings[i]).program, i % 2 == 1, limits);
      if (compared.outcome != Compared::Outcome::kSame) left_out += file.filename().string() + "\n";
      same += compared.outcome == Compared::Outcome::kSame ? 1 : 0;
      too_large += compared.outcome == Compared::Outcome::kTooLargeForFibers ? 1 : 0;
      not_compared += compared.outcome == Compared::Outcome::kNotCompared ? 1 : 0;
      if (compared.outcome != Compared::Outcome::kSame) continue;
      by_reference += compared.by_reference ? 1 : 0;
      hang += compared.hangs ? 1 : 0;
    }
  }
  INFO(same << " settings are the same in all, " << by_reference << " of them by the reference too, and " << hang
            << " hang; " << too_large << " are too large for fibers, " << not_compared << " run only packed:\n"
            << left_out);
  CHECK(same > 10 * (too_large + not_compared));
  CHECK(hang > 50);
  CHECK(by_reference > 100);
}

TEST_CASE("the scripts hang in all engines alike", "[workloads][engines]") {
  EngineLimits limits;
  limits.needs_reference = false;
  limits.packed_states = 30'000;
  limits.fiber_states = 20'000;
  limits.reference_states = 200;
  CompareCorpus(2, limits);
}

TEST_CASE("all settings of the scripts hang in all engines alike", "[.][full]") {
  EngineLimits limits;
  limits.needs_reference = false;
  limits.fiber_states = 60'000;
  CompareCorpus(1'024, limits);
}

}  // namespace
}  // namespace lockdep::workloads
