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
#include "tests/reference/test_budget.h"
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
  int settings = 0, packed = 0, by_reference = 0, for_fibers = 0, on_fibers = 0, hang = 0;
  std::string left_out;
  for (const std::filesystem::path& file : Scripts()) {
    INFO(file.string());
    const std::vector<Program> programs = SettingsOf(file);
    for (std::size_t i = 0; i < std::min(programs.size(), settings_max); ++i) {
      if (programs[i].scenario != nullptr) continue;  // memory hotplug is C++: only fibers run it
      const Compared compared = CompareEngines(Lower(programs[i]).program, i % 2 == 1, limits);
      ++settings;
      packed += compared.by_packed ? 1 : 0;
      by_reference += compared.by_reference ? 1 : 0;
      for_fibers += compared.for_fibers ? 1 : 0;
      on_fibers += compared.by_fibers ? 1 : 0;
      hang += compared.hangs ? 1 : 0;
      if (compared.for_fibers && !compared.by_fibers) left_out += file.filename().string() + "\n";
    }
  }
  std::cout << settings << " settings, searched to the end: " << packed << " packed with and without reduction, "
            << by_reference << " by the reference, " << on_fibers << " on fibers (of " << for_fibers
            << " that can run there); " << hang << " hang" << std::endl;
  INFO(left_out);
  CHECK(packed * 10 >= settings * 9);
  CHECK(on_fibers * 10 >= for_fibers * 9);
  CHECK(hang > 50);
  CHECK(by_reference > 100);
}

TEST_CASE("the scripts hang in all engines alike", "[workloads][engines]") {
  EngineLimits limits;
  limits.packed_states = 30'000;
  limits.fiber_states = 20'000;
  limits.reference_states = 200;
  CompareCorpus(reference::kSanitized ? 1 : 2, limits);
}

TEST_CASE("all settings of the scripts hang in all engines alike", "[.][full]") {
  EngineLimits limits;
  limits.packed_states = 200'000;
  limits.fiber_states = 20'000;
  CompareCorpus(1'024, limits);
}

}  // namespace
}  // namespace lockdep::workloads
