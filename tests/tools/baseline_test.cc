#include "tools/baseline.h"

#include <string>

#include "tests/catch.h"

namespace lockdep::tools {
namespace {

constexpr const char* kGood =
    "lockdep-baseline 1\n"
    "00000000000000ab circular unknown  # a -> b, in x.workload\n"
    "3f17aff56bbead3c self-deadlock real\n";

Baseline Parsed(const std::string& text) {
  absl::StatusOr<Baseline> baseline = Baseline::Parse(text, "base");
  INFO(baseline.status().ToString());
  REQUIRE(baseline.ok());
  return *std::move(baseline);
}

std::string ErrorsOf(const std::string& lines) {
  const absl::StatusOr<Baseline> baseline = Baseline::Parse("lockdep-baseline 1\n" + lines, "base");
  CHECK_FALSE(baseline.ok());
  return std::string(baseline.status().message());
}

TEST_CASE("a baseline is written as it was read", "[tools][baseline]") {
  CHECK(Parsed(kGood).Text() == kGood);
  CHECK(Parsed(kGood).size() == 2);
  CHECK(Parsed("lockdep-baseline 1").Text() == "lockdep-baseline 1\n");
  CHECK(Baseline().Text() == "lockdep-baseline 1\n");
}

TEST_CASE("entries are sorted, and comments stay with the entry below them", "[tools][baseline]") {
  const std::string text = Parsed(
                               "\xEF\xBB\xBFlockdep-baseline 1\r\n"
                               "# about the second\r\n"
                               "\t00000000000000bb  circular\tfalse#b\r\n"
                               "\r\n"
                               "# about the first\r\n"
                               "00000000000000aa circular predicted\r\n"
                               "00000000000000aa hang real\r\n"
                               "  # the end")
                               .Text();
  CHECK(text ==
        "lockdep-baseline 1\n"
        "# about the first\n"
        "00000000000000aa circular predicted\n"
        "00000000000000aa hang real\n"
        "# about the second\n"
        "00000000000000bb circular false  # b\n"
        "# the end\n");
  CHECK(Parsed(text).Text() == text);
}

TEST_CASE("a finding is found by fingerprint and kind", "[tools][baseline]") {
  Baseline baseline = Parsed(kGood);
  REQUIRE(baseline.See(0xab, FindingKind::kCircular) != nullptr);
  CHECK(baseline.See(0xab, FindingKind::kCircular)->verdict == Verdict::kUnknown);
  CHECK(baseline.See(0xab, FindingKind::kHang) == nullptr);
  CHECK(baseline.See(0xac, FindingKind::kCircular) == nullptr);
  CHECK(baseline.Unseen() == std::vector<std::string>{"base:3: not found any more: self-deadlock 3f17aff56bbead3c"});
  CHECK(Parsed(kGood).Unseen()[0] == "base:2: not found any more: circular 00000000000000ab (a -> b, in x.workload)");
}

TEST_CASE("real says more than predicted, that more than unknown, and that more than false", "[tools][baseline]") {
  const Verdict order[] = {Verdict::kReal, Verdict::kPredicted, Verdict::kUnknown, Verdict::kFalse};
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 4; ++k) CHECK(SaysMore(order[i], order[k]) == (i < k));
  }
}

TEST_CASE("recording adds findings and only raises verdicts", "[tools][baseline]") {
  using Change = Baseline::Change;
  Baseline baseline = Parsed(kGood);
  CHECK(baseline.Record(0xab, FindingKind::kCircular, Verdict::kFalse, "other", false) == Change::kNone);
  CHECK(baseline.Record(0xab, FindingKind::kCircular, Verdict::kReal, "other", false) == Change::kRaised);
  CHECK(baseline.Record(1, FindingKind::kCircular, Verdict::kUnknown, "c\n# -> d\x01", false) == Change::kAdded);
  CHECK(baseline.Text() ==
        "lockdep-baseline 1\n"
        "0000000000000001 circular unknown  # c # -> d\n"
        "00000000000000ab circular real  # a -> b, in x.workload\n"
        "3f17aff56bbead3c self-deadlock real\n");
  CHECK(Parsed(baseline.Text()).Text() == baseline.Text());
}

TEST_CASE("an exact record lowers a verdict, and pruning drops what was not seen", "[tools][baseline]") {
  Baseline baseline = Parsed(kGood);
  CHECK(baseline.Record(0xab, FindingKind::kCircular, Verdict::kFalse, "", true) == Baseline::Change::kLowered);
  CHECK(baseline.Record(0xab, FindingKind::kCircular, Verdict::kFalse, "", true) == Baseline::Change::kNone);
  CHECK(baseline.Prune() == 1);
  CHECK(baseline.Text() == "lockdep-baseline 1\n00000000000000ab circular false  # a -> b, in x.workload\n");
}

TEST_CASE("every mistake is told with its place", "[tools][baseline]") {
  CHECK(ErrorsOf("abc circular unknown\n"
                 "00000000000000AB circular unknown\n"
                 "00000000000000ab\n"
                 "00000000000000ab round  maybe\n"
                 "00000000000000ab circular\n"
                 "00000000000000ab circular unknown a -> b\n"
                 "00000000000000ab circular unknown\n"
                 "00000000000000ab hang unknown\n"
                 " 00000000000000ab circular real # again\n") ==
        "base:2:1: expected a fingerprint of 16 hex digits, found 'abc'\n"
        "base:3:1: expected a fingerprint of 16 hex digits, found '00000000000000AB'\n"
        "base:4:17: expected a kind of finding, as reports name it, found nothing\n"
        "base:5:18: expected a kind of finding, as reports name it, found 'round'\n"
        "base:5:25: expected real, predicted, unknown or false, found 'maybe'\n"
        "base:6:26: expected real, predicted, unknown or false, found nothing\n"
        "base:7:35: expected # or the end of the line, found 'a -> b'\n"
        "base:10:2: the finding circular 00000000000000ab is in line 8, too");
}

TEST_CASE("what is no baseline is told once", "[tools][baseline]") {
  const auto error = [](const std::string& text) {
    return std::string(Baseline::Parse(text, "base").status().message());
  };
  CHECK(error("") == "base:1:1: expected 'lockdep-baseline 1', found nothing");
  CHECK(error("\n\n") == "base:1:1: expected 'lockdep-baseline 1', found nothing");
  CHECK(error("lockdep-baseline 2\nx\ny\n") == "base:1:1: expected 'lockdep-baseline 1', found 'lockdep-baseline 2'");
  CHECK(error(std::string("\x7f"
                          "ELF\0\xff",
                          6)) == "base:1:1: expected 'lockdep-baseline 1', found '.ELF..'");
  CHECK(error(std::string(100, 'a')).size() < 120);
}

}  // namespace
}  // namespace lockdep::tools
