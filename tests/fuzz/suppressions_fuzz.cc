// Any bytes as rules of suppression: each rule that is read has a reason and a pattern, and can be compared with a
// finding.  A line of "%%" begins the text that the patterns are compared with, which is the name of a lock.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lockdep/check.h"
#include "lockdep/finding.h"
#include "tools/suppressions.h"

namespace {

lockdep::Finding FindingOf(const std::string& name) {
  lockdep::Finding finding;
  finding.locks.resize(1);
  finding.locks[0].name = name;
  finding.cycle_length = 1;
  finding.participants.resize(1);
  finding.participants[0].action = "takes it";
  finding.participants[0].lock = 0;
  finding.participants[0].at.file = name;
  finding.participants[0].at.function = name;
  return finding;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A pattern costs its length times that of the name.
  const std::string_view text(reinterpret_cast<const char*>(data), size < 4096 ? size : 4096);
  const std::size_t end = text.find("\n%%\n");
  lockdep::tools::Suppressions suppressions;
  const absl::Status status = suppressions.Add(text.substr(0, end), "x");
  if (!status.ok()) {
    LOCKDEP_CHECK(std::string(status.message()).rfind("x:", 0) == 0);
    LOCKDEP_CHECK(suppressions.rules().empty());
    return 0;
  }
  for (const lockdep::tools::SuppressionRule& rule : suppressions.rules()) {
    LOCKDEP_CHECK(!rule.reason.empty());
    LOCKDEP_CHECK(!rule.locks.empty() || !rule.functions.empty() || !rule.files.empty());
  }
  const std::string name(end == std::string_view::npos ? std::string_view() : text.substr(end + 4));
  const bool hidden = suppressions.Match(FindingOf(name)).has_value();
  LOCKDEP_CHECK(!hidden || suppressions.Unused().size() < suppressions.rules().size());
  return 0;
}
