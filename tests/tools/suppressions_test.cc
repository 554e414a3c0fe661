#include "tools/suppressions.h"

#include <string>

#include "tests/catch.h"
#include "tests/lockdep/sample_findings.h"
#include "tests/lockdep/sample_report.h"

namespace lockdep::tools {
namespace {

using Sentences = std::vector<std::string>;

std::string ErrorsOf(const std::string& text) {
  Suppressions suppressions;
  const absl::Status status = suppressions.Add(text, "rules");
  CHECK_FALSE(status.ok());
  CHECK(suppressions.rules().empty());
  return std::string(status.message());
}

// Whether a rule of these lines hides the finding.
bool Hides(const std::string& lines, const Finding& finding) {
  Suppressions suppressions;
  const absl::Status status = suppressions.Add(lines + "\nreason: r\n", "rules");
  INFO(status.ToString());
  REQUIRE(status.ok());
  return suppressions.Match(finding).has_value();
}

TEST_CASE("stars and question marks stand for characters", "[tools][suppressions]") {
  CHECK(MatchesPattern("", ""));
  CHECK_FALSE(MatchesPattern("", "a"));
  CHECK_FALSE(MatchesPattern("a", ""));
  CHECK(MatchesPattern("*", ""));
  CHECK(MatchesPattern("a*", "a"));
  CHECK(MatchesPattern("*::Find", "ns::Table::Find"));
  CHECK_FALSE(MatchesPattern("*::Find", "ns::Table::FindAll"));
  CHECK(MatchesPattern("a?c", "abc"));
  CHECK_FALSE(MatchesPattern("a?c", "ac"));
  CHECK(MatchesPattern("?", "\xC3\xA4"));  // one character of two bytes
  CHECK(MatchesPattern("*ab*ab", "aababxab"));
  CHECK_FALSE(MatchesPattern("*ab*ab", "aabxa"));
  CHECK(MatchesPattern("a.[b]", "a.[b]"));  // nothing else is special
  CHECK_FALSE(MatchesPattern("a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("a rule matches the finding's own locks", "[tools][suppressions]") {
  const Finding gated = SampleNamed("circular_false_gate");
  CHECK(Hides("lock: mem_hotplug_lock", gated));
  CHECK(Hides("lock: kn->count#*", gated));
  CHECK_FALSE(Hides("lock: device_hotplug_lock", gated));  // held beside
  CHECK_FALSE(Hides("lock: hotplug", gated));
  const Finding recursive = SampleNamed("recursive");
  CHECK(Hides("lock: nodes[?]", recursive));
  CHECK(Hides("lock: Node::mu/0", recursive));
  CHECK_FALSE(Hides("lock: Node::mu/1", recursive));
}

TEST_CASE("a rule matches functions and files of every frame of either side", "[tools][suppressions]") {
  const Finding gated = SampleNamed("circular_false_gate");
  CHECK(Hides("function: vfs_write", gated));                    // the outermost frame where it was taken
  CHECK(Hides("function: remove_memory_block_devices", gated));  // of the other side
  CHECK(Hides("file: fs/kernfs/dir.c", gated));
  CHECK(Hides("file: dir.c", gated));
  CHECK(Hides("file: kernfs/*.c", gated));
  CHECK_FALSE(Hides("file: ir.c", gated));
  CHECK_FALSE(Hides("function: vfs", gated));
  const Finding script = Cycle({"a", "b"});  // places without stacks
  CHECK(Hides("file: cycle.workload", script));
  CHECK_FALSE(Hides("function: *", script));
  CHECK(Hides("file: irq.workload", SampleNamed("irq_inversion")));
}

TEST_CASE("all patterns of a rule must match", "[tools][suppressions]") {
  const Finding gated = SampleNamed("circular_false_gate");
  CHECK(Hides("lock: mem*\nfunction: vfs_write\nfile: dir.c", gated));
  CHECK_FALSE(Hides("lock: mem*\nfunction: vfs_read", gated));
  CHECK_FALSE(Hides("function: vfs_write\nfunction: vfs_read", gated));
}

TEST_CASE("a rule hides a real finding only if it says so", "[tools][suppressions]") {
  const Finding real = SampleNamed("self_deadlock");
  CHECK_FALSE(Hides("lock: Cache::mu", real));
  CHECK_FALSE(Hides("lock: Cache::mu\nreal: no", real));
  CHECK(Hides("lock: Cache::mu\nreal: yes", real));
}

TEST_CASE("the first rule that hides a finding gives the reason", "[tools][suppressions]") {
  Suppressions suppressions;
  REQUIRE(suppressions
              .Add("# rules of ours\r\n\r\nlock: x\r\nreason: no\r\n\r\n"
                   "lock:a\r\n# why\r\nreason: because: of # that \r\n",
                   "one")
              .ok());
  REQUIRE(suppressions.Add("lock: b\nreason: late\n", "two").ok());
  const std::optional<Suppression> found = suppressions.Match(Cycle({"a", "b"}));
  REQUIRE(found);
  CHECK(found->reason == "because: of # that");
  CHECK(found->file == "one");
  CHECK(found->line == 6);
  CHECK(suppressions.Unused() == Sentences{"one:3: this rule matches no finding"});
}

TEST_CASE("a rule that matches only real findings without saying so is told", "[tools][suppressions]") {
  Suppressions suppressions;
  REQUIRE(suppressions.Add("lock: Cache::mu\nreason: r\n", "rules").ok());
  CHECK_FALSE(suppressions.Match(SampleNamed("self_deadlock")));
  CHECK(suppressions.Unused() ==
        Sentences{"rules:1: this rule matches only findings that are real, which count without 'real: yes'"});
  Finding unknown = SampleNamed("self_deadlock");
  unknown.verdict = Verdict::kUnknown;
  CHECK(suppressions.Match(unknown));
  CHECK_FALSE(suppressions.Match(SampleNamed("self_deadlock")));
  CHECK(suppressions.Unused().empty());
}

TEST_CASE("an empty file has no rules", "[tools][suppressions]") {
  Suppressions suppressions;
  CHECK(suppressions.Add("", "rules").ok());
  CHECK(suppressions.Add("\xEF\xBB\xBF# nothing\n\n", "rules").ok());
  CHECK(suppressions.rules().empty());
  CHECK_FALSE(suppressions.Match(Cycle({"a", "b"})));
}

TEST_CASE("every mistake in the rules is told with its place", "[tools][suppressions]") {
  CHECK(ErrorsOf("lock: a\n"
                 "\n"
                 "  reason: r\n"
                 "\n"
                 "lock:\n"
                 "reason\n"
                 "\n"
                 "lock: a\n"
                 "reason: r\n"
                 "reason: s\n"
                 "  real: maybe\n"
                 "real:\n"
                 "\n"
                 "lock: a\n"
                 "thread: t\n"
                 "reason: r") ==
        "rules:1:1: a rule without reason:\n"
        "rules:3:3: a rule without lock:, function: or file: would match everything\n"
        "rules:5:6: expected a value behind 'lock:'\n"
        "rules:6:7: expected ':' behind 'reason'\n"
        "rules:10:1: a rule has one reason:, this has two\n"
        "rules:11:9: expected yes or no, found 'maybe'\n"
        "rules:12:1: a rule has one real:, this has two\n"
        "rules:12:6: expected a value behind 'real:'\n"
        "rules:15:1: expected lock:, function:, file:, reason: or real:, found 'thread: t'");
}

}  // namespace
}  // namespace lockdep::tools
