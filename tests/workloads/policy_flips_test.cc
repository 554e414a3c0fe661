// Each cell of the policies' table matters to some script: set to another value, a script of its era fails.  Cells for
// which that is not so are listed here, with the reason.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hotplug/policy.h"
#include "tests/catch.h"
#include "workloads/check.h"

namespace lockdep::workloads {
namespace {

namespace fs = std::filesystem;

struct Script {
  std::string name;
  std::string text;
};

std::vector<Script> Scripts() {
  std::vector<Script> scripts;
  for (const fs::directory_entry& entry : fs::directory_iterator(LOCKDEP_SCRIPTS_DIR "/hotplug")) {
    if (entry.path().extension() != ".workload") continue;
    std::ifstream file(entry.path());
    scripts.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(file), {}}});
  }
  std::sort(scripts.begin(), scripts.end(), [](const Script& a, const Script& b) { return a.name < b.name; });
  return scripts;
}

// The script with ` field=value` behind each policy of that era; nothing if it has none.
std::optional<std::string> Flipped(const std::string& text, const std::string& era, const std::string& setting) {
  std::string flipped = text;
  bool some = false;
  const std::string policy = "policy " + era;
  for (std::size_t at = flipped.find(policy); at != std::string::npos; at = flipped.find(policy, at + 1)) {
    std::size_t end = at + policy.size();
    if (end < flipped.size() && flipped[end] != ' ' && flipped[end] != '\n') continue;  // v4.1 of v4.13
    while (end < flipped.size() && flipped[end] != '\n' && flipped[end] != '}') ++end;
    if (flipped[end - 1] == ' ') --end;
    flipped.insert(end, " " + setting);
    some = true;
  }
  if (!some) return std::nullopt;
  return flipped;
}

// Which script notices, or "".
std::string NoticedBy(const std::vector<Script>& scripts, const std::string& era, const std::string& field,
                      std::string_view value) {
  for (const Script& script : scripts) {
    const std::optional<std::string> text = Flipped(script.text, era, field + "=" + std::string(value));
    if (text && !CheckScript(*text, script.name).ok()) return script.name;
  }
  return "";
}

TEST_CASE("every cell of the policies matters to a script, but for those listed", "[workloads][hotplug][full]") {
  // A homebrew reader of the cpu lock holds nothing that a validator sees, and keeps nobody waiting for ever.
  std::set<std::string> covered_by_none = {"v3.11 begin-takes-cpu", "v3.15 begin-takes-cpu", "v3.16 begin-takes-cpu"};
  // No script can look at a zone's span; tests/hotplug/hotplug_test.cc does.
  for (const hotplug::Policy& policy : hotplug::Policies()) covered_by_none.insert(policy.name + " span-rollback");
  // There is no `auto_online_blocks` that could know more or fewer words.
  for (const char* era : {"v3.11", "v3.15", "v3.16"}) covered_by_none.insert(std::string(era) + " auto-online-zones");
  const std::vector<Script> scripts = Scripts();
  REQUIRE(scripts.size() > 50);
  std::set<std::string> unnoticed;
  std::map<std::string, int> cells;
  for (const hotplug::Policy& policy : hotplug::Policies()) {
    for (const hotplug::PolicyField& field : hotplug::PolicyFields()) {
      const std::string name(field.name);
      std::string noticed;
      for (const std::string_view value : field.values) {
        if (value == field.get(policy) || !noticed.empty()) continue;
        noticed = NoticedBy(scripts, policy.name, name, value);
      }
      ++cells[noticed.empty() ? "unnoticed" : "noticed"];
      if (noticed.empty()) unnoticed.insert(policy.name + " " + name);
      std::printf("%s %s: %s\n", policy.name.c_str(), name.c_str(), noticed.empty() ? "none" : noticed.c_str());
    }
  }
  std::printf("%d cells noticed, %d not\n", cells["noticed"], cells["unnoticed"]);
  CHECK(unnoticed == covered_by_none);
}

}  // namespace
}  // namespace lockdep::workloads
