// Lockdep's own reports, which have the kernel's shape, are read back to the findings they were printed from.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/kernel_log.h"
#include "lockdep/report_text.h"
#include "tests/catch.h"
#include "tests/reference/test_budget.h"
#include "workloads/check.h"

namespace lockdep::kernel {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Scripts() {
  std::vector<fs::path> scripts;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(LOCKDEP_SCRIPTS_DIR)) {
    if (entry.path().extension() == ".workload") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The end of a thread is held by nobody, and no kernel prints such a lock.
bool HasEvents(const Finding& finding) {
  return std::any_of(finding.locks.begin(), finding.locks.begin() + finding.cycle_length, [](const FindingLock& lock) {
    return lock.type == LockType::kThreadEnd || lock.type == LockType::kCompletion;
  });
}

using Link = std::tuple<std::string, Mode, Kind, std::string, Mode, Kind>;

std::vector<Link> LinksOf(const Finding& finding) {
  std::vector<Link> links;
  for (const FindingEdge& edge : finding.edges) {
    const auto name = [&finding](int lock) {
      const FindingLock& known = finding.locks[static_cast<std::size_t>(lock)];
      return known.name + "/" + std::to_string(known.subclass);
    };
    links.emplace_back(name(edge.held), edge.held_mode, edge.held_kind, name(edge.wanted), edge.wanted_mode,
                       edge.wanted_kind);
  }
  return links;
}

TEST_CASE("the report of every circular finding of the corpus is read back to it", "[kernel]") {
  std::size_t compared = 0;
  const std::vector<fs::path> scripts = Scripts();
  for (std::size_t i = 0; i < scripts.size(); i += reference::kSanitized ? 4 : 1) {
    const fs::path& path = scripts[i];
    const workloads::ScriptResult result = workloads::CheckScript(Read(path), path.filename().string(), {});
    for (const auto& setting : result.settings) {
      for (const Finding& finding : setting.findings) {
        if (finding.kind != FindingKind::kCircular || HasEvents(finding)) continue;
        const std::string text = FormatText(finding);
        CAPTURE(path.string(), text);
        const std::vector<KernelReport> reports = ReadKernelLog(text);
        REQUIRE(reports.size() == 1);
        std::string why;
        const std::optional<KernelFinding> read = MakeFinding(reports.front(), "log", why);
        REQUIRE(read);
        CHECK(read->complete);
        CHECK(LinksOf(read->finding) == LinksOf(finding));
        CHECK((finding.fingerprint_weak || read->finding.fingerprint == finding.fingerprint));
        CHECK(read->assumed.empty());
        ++compared;
      }
    }
  }
  INFO("findings compared: " << compared);
  CHECK(compared >= 20);
}

}  // namespace
}  // namespace lockdep::kernel
