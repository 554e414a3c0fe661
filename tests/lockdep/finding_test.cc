#include "lockdep/finding.h"

#include <algorithm>
#include <set>

#include "lockdep/report_json.h"
#include "tests/catch.h"
#include "tests/lockdep/sample_findings.h"

namespace lockdep {
namespace {

// The same cycle, told from its lock `start` on.
Finding Rotated(Finding finding, int start) {
  const int n = finding.cycle_length;
  const auto renumber = [n, start](int lock) { return lock < n && lock >= 0 ? (lock + n - start) % n : lock; };
  std::rotate(finding.locks.begin(), finding.locks.begin() + start, finding.locks.begin() + n);
  std::rotate(finding.edges.begin(), finding.edges.begin() + start, finding.edges.end());
  for (FindingEdge& edge : finding.edges) {
    edge.held = renumber(edge.held);
    edge.wanted = renumber(edge.wanted);
    for (AlsoHeld& held : edge.also_held) held.lock = renumber(held.lock);
  }
  for (Participant& participant : finding.participants) {
    participant.lock = renumber(participant.lock);
    for (AlsoHeld& held : participant.held) held.lock = renumber(held.lock);
  }
  for (Reason& reason : finding.reasons) {
    for (int& lock : reason.locks) lock = renumber(lock);
  }
  finding.closing_edge = renumber(finding.closing_edge);
  return finding;
}

std::uint64_t Fingerprint(const std::vector<std::string>& names) {
  Finding finding = Cycle(names);
  SetFingerprint(finding);
  return finding.fingerprint;
}

void CheckSameFromEveryStart(const Finding& finding) {
  Finding expected = finding;
  SetFingerprint(expected);
  for (int start = 0; start < finding.cycle_length; ++start) {
    Finding rotated = Rotated(finding, start);
    SetFingerprint(rotated);
    INFO("start " << start);
    CHECK(ToJson(rotated).dump(1) == ToJson(expected).dump(1));
  }
}

TEST_CASE("a cycle is the same finding from whichever of its locks it is told", "[lockdep][finding]") {
  Finding finding = Cycle({"c", "a", "d", "b"});
  finding.locks.push_back({"gate", "", 0, "", LockType::kMutex, true});
  for (int i = 0; i < 4; ++i) {
    finding.edges[static_cast<std::size_t>(i)].also_held = {{4, Mode::kShared, Kind::kTrylock, At("f", "f.cc", i)},
                                                            {(i + 2) % 4, Mode::kShared, Kind::kBlocking, Place()}};
  }
  Participant writer;
  writer.action = "writes";
  writer.lock = 2;
  writer.held = {{1, Mode::kExclusive, Kind::kBlocking, Place()}, {4, Mode::kExclusive, Kind::kBlocking, Place()}};
  finding.participants = {writer};
  finding.reasons = {{ReasonKind::kExclusiveGate, {4, 3}, "gate"}};
  finding.closing_edge = 1;
  CheckSameFromEveryStart(finding);

  SetFingerprint(finding);
  CHECK(finding.locks[0].name == "a");
  CHECK(finding.edges[0].thread == "t2");
  CHECK(finding.closing_edge == 0);
  CHECK(finding.participants[0].lock == 1);
  CHECK(finding.participants[0].held[0].lock == 0);
  CHECK(finding.reasons[0].locks == std::vector<int>{4, 2});
  CHECK(finding.edges[0].also_held[0].lock == 4);
}

TEST_CASE("locks of one name do not make the rotation a matter of chance", "[lockdep][finding]") {
  CheckSameFromEveryStart(Cycle({"o", "o", "o"}));
  CheckSameFromEveryStart(Cycle({"k#7", "k#3", "k#7", "k#3"}));
  Finding with_instances = Cycle({"o", "x", "o", "x"});
  with_instances.locks[0].instance = "o[4]";
  with_instances.locks[2].instance = "o[1]";
  CheckSameFromEveryStart(with_instances);
}

TEST_CASE("setting a fingerprint twice changes nothing", "[lockdep][finding]") {
  for (const SampleFinding& sample : SampleFindings()) {
    Finding again = sample.finding;
    SetFingerprint(again);
    INFO(sample.name);
    CHECK(ToJson(again) == ToJson(sample.finding));
  }
}

TEST_CASE("a class that the kernel numbers otherwise in another boot is the same class", "[lockdep][finding]") {
  CHECK(Fingerprint({"kn->count#70", "mem_hotplug_lock"}) == Fingerprint({"mem_hotplug_lock", "kn->count#241"}));
  CHECK(Fingerprint({"kn->count#70", "mem_hotplug_lock"}) == Fingerprint({"kn->count", "mem_hotplug_lock"}));
}

TEST_CASE("two numbered classes of one name in a cycle stay two", "[lockdep][finding]") {
  const std::uint64_t two = Fingerprint({"kn->count#70", "x", "kn->count#71", "y"});
  CHECK(two == Fingerprint({"kn->count#9", "x", "kn->count#4", "y"}));
  CHECK(two != Fingerprint({"kn->count#70", "x", "kn->count#70", "y"}));
}

TEST_CASE("only a number behind the last # is a kernel's numbering", "[lockdep][finding]") {
  CHECK(Fingerprint({"a#1x", "b"}) != Fingerprint({"a#2x", "b"}));
  CHECK(Fingerprint({"a#", "b"}) != Fingerprint({"a", "b"}));
  CHECK(Fingerprint({"#1", "b"}) != Fingerprint({"#2", "b"}));
}

TEST_CASE("fingerprints tell kinds, names, subclasses and directions apart", "[lockdep][finding]") {
  std::set<std::uint64_t> seen;
  seen.insert(Fingerprint({"a", "b"}));
  seen.insert(Fingerprint({"a", "c"}));
  seen.insert(Fingerprint({"ab", ""}));
  seen.insert(Fingerprint({"a", "b", "c"}));
  seen.insert(Fingerprint({"a", "c", "b"}));
  Finding finding = Cycle({"a", "b"});
  finding.locks[1].subclass = 1;
  SetFingerprint(finding);
  seen.insert(finding.fingerprint);
  finding = Cycle({"a", "b"});
  finding.kind = FindingKind::kHang;
  SetFingerprint(finding);
  seen.insert(finding.fingerprint);
  CHECK(seen.size() == 7);
}

TEST_CASE("a fingerprint does not depend on modes, places, threads, roles or the verdict", "[lockdep][finding]") {
  Finding finding = Cycle({"a", "b"});
  finding.edges[0].held_mode = Mode::kShared;
  finding.edges[0].held_at = At("elsewhere", "z.cc", 99);
  finding.edges[1].thread = "t9";
  finding.edges[1].role = "r";
  finding.verdict = Verdict::kFalse;
  finding.source = "other";
  SetFingerprint(finding);
  CHECK(finding.fingerprint == Fingerprint({"a", "b"}));
  CHECK_FALSE(finding.fingerprint_weak);
}

TEST_CASE("an interrupt-safe and an interrupt-unsafe lock are not exchanged", "[lockdep][finding]") {
  Finding finding = Cycle({"b", "a"});
  finding.kind = FindingKind::kIrqUnsafeOrder;
  finding.edges.pop_back();
  Finding other = finding;
  std::swap(other.locks[0], other.locks[1]);
  SetFingerprint(finding);
  SetFingerprint(other);
  CHECK(finding.locks[0].name == "b");
  CHECK(finding.fingerprint != other.fingerprint);
}

TEST_CASE("a lock named by accident counts by the functions that take it, and the fingerprint says so",
          "[lockdep][finding]") {
  const auto make = [](const std::string& name, const std::string& function) {
    Finding finding = Cycle({name, "b"});
    finding.locks[0].stable_name = false;
    finding.edges[0].held_at.function = function;
    finding.edges[1].wanted_at.function = "Take";
    SetFingerprint(finding);
    CHECK(finding.fingerprint_weak);
    return finding.fingerprint;
  };
  CHECK(make("0x7ffd1000", "Hold") == make("0x7ffd2000", "Hold"));
  CHECK(make("0x7ffd1000", "Hold") != make("0x7ffd1000", "Grab"));
}

TEST_CASE("findings without locks are told apart by what they say", "[lockdep][finding]") {
  Finding finding;
  finding.kind = FindingKind::kInvariant;
  finding.detail = "I3";
  SetFingerprint(finding);
  Finding other = finding;
  other.detail = "I4";
  SetFingerprint(other);
  CHECK(finding.fingerprint != other.fingerprint);
}

// Baselines hold fingerprints of version 1: these never change.
TEST_CASE("fingerprints of version 1 are these", "[lockdep][finding]") {
  CHECK(Fingerprint({"a", "b"}) == 0xa42ae80e69110289);
  CHECK(Fingerprint({"kn->count#70", "mem_hotplug_lock", "cpu_hotplug_lock"}) == 0xa40e543d2465b973);
  CHECK(Fingerprint({"k#5", "m", "k#9", "m"}) == 0x01c873761edb8fc1);
}

TEST_CASE("a fingerprint is written as 16 hex digits", "[lockdep][finding]") {
  CHECK(FingerprintText(0x1c873761edb8fc1) == "01c873761edb8fc1");
}

TEST_CASE("a long cycle of distinct names is no burden", "[lockdep][finding]") {
  std::vector<std::string> names;
  for (int i = 0; i < 20000; ++i) names.push_back("lock" + std::to_string((i + 777) % 20000));
  Finding finding = Cycle(names);
  SetFingerprint(finding);
  CHECK(finding.locks[0].name == "lock0");
  CHECK(finding.edges[0].held == 0);
}

TEST_CASE("every word of a finding is read back", "[lockdep][finding]") {
  for (int i = 0; i <= static_cast<int>(FindingKind::kInvariant); ++i) {
    const auto kind = static_cast<FindingKind>(i);
    CHECK(ToString(kind) != "?");
    CHECK(FindingKindFromString(ToString(kind)) == kind);
  }
  for (int i = 0; i <= static_cast<int>(ReasonKind::kCannotRunConcurrently); ++i) {
    const auto reason = static_cast<ReasonKind>(i);
    CHECK(ToString(reason) != "?");
    CHECK(ReasonKindFromString(ToString(reason)) == reason);
  }
  for (const Verdict verdict : {Verdict::kReal, Verdict::kPredicted, Verdict::kFalse, Verdict::kUnknown}) {
    CHECK(VerdictFromString(ToString(verdict)) == verdict);
  }
  CHECK(ToString(Strength::kNone) == "none");
  CHECK(ToString(Strength::kExhausted) == "exhausted");
  CHECK_FALSE(FindingKindFromString("?"));
  CHECK_FALSE(VerdictFromString("Real"));
  CHECK_FALSE(ReasonKindFromString(""));
}

}  // namespace
}  // namespace lockdep
