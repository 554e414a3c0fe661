// The validator against the slow, obvious engines of tests/reference: the same findings, in whatever order the events
// come, and no verdict that a schedule contradicts.
//
// A failure is shrunk and printed as a workload.  LOCKDEP_TEST_SEED repeats a run; LOCKDEP_TEST_PROGRAMS and
// LOCKDEP_TEST_SECONDS make it longer or shorter.  The cases tagged [full] run for minutes.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/notation.h"
#include "tests/reference/program.h"
#include "tests/reference/program_generator.h"
#include "tests/reference/reference_findings.h"
#include "tests/reference/schedules.h"
#include "tests/reference/test_budget.h"
#include "tests/reference/validator_feed.h"
#include "tests/reference/verdict_check.h"
#include "tests/seed.h"

namespace lockdep::reference {
namespace {

constexpr std::size_t kStatesMax = TestStates(200'000);

// What was compared, and how often it mattered.
struct Totals {
  std::size_t programs = 0;
  std::size_t findings = 0;
  std::size_t false_findings = 0;
  std::size_t missed = 0;  // findings of the reference that the validator does not have
  std::size_t extra = 0;
  std::size_t different = 0;  // other verdict or reasons
  std::size_t order_dependent = 0;
  std::size_t explored = 0;
  std::size_t states = 0;
  std::size_t can_hang = 0;
  std::size_t wrong_verdicts = 0;
  std::size_t missed_hangs = 0;
  std::size_t hidden = 0;
};

std::string Describe(const Totals& t) {
  const auto n = [](std::size_t number) { return std::to_string(number); };
  return n(t.programs) + " programs, " + n(t.findings) + " findings (" + n(t.false_findings) +
         " false): " + n(t.missed) + " missed, " + n(t.extra) + " extra, " + n(t.different) + " judged differently, " +
         n(t.order_dependent) + " depend on the order of events; " + n(t.explored) + " explored whole (" + n(t.states) +
         " states, " + n(t.can_hang) + " can hang): " + n(t.wrong_verdicts) + " wrong verdicts, " + n(t.missed_hangs) +
         " missed hangs, " + n(t.hidden) + " hangs behind a cycle that cannot hang";
}

bool Comparable(FindingKind kind) {
  return kind == FindingKind::kCircular || kind == FindingKind::kRecursive || kind == FindingKind::kSelfDeadlock;
}

FeedOptions FeedIn(World world) {
  FeedOptions options;
  options.world = world;
  return options;
}

std::string CompareWithReference(const Program& program, World world, Totals& totals) {
  const Claims expected = ReferenceFindings(program, world);
  Claims found;
  std::string text;
  for (const auto& [key, claim] : ClaimsOf(ValidatorFindings(program, FeedIn(world)))) {
    if (Comparable(key.first)) {
      found.insert({key, claim});
    } else if (key.first != FindingKind::kNestedNotTaken) {
      ++totals.extra;
      text += "extra: " + Describe(Claims{{key, claim}});
    }
  }
  totals.findings += expected.size();
  for (const auto& [key, claim] : expected) {
    totals.false_findings += claim.verdict == Verdict::kFalse ? 1 : 0;
    const auto same = found.find(key);
    if (same == found.end()) {
      ++totals.missed;
      text += "missed: " + Describe(Claims{{key, claim}});
    } else if (same->second != claim) {
      ++totals.different;
      text += "differs: " + Describe(Claims{{key, claim}}) + "found:   " + Describe(Claims{*same});
    }
  }
  for (const auto& [key, claim] : found) {
    if (expected.contains(key)) continue;
    ++totals.extra;
    text += "extra: " + Describe(Claims{{key, claim}});
  }
  if (text.empty()) return text;
  return text + (world == World::kClosed ? "in a closed world\n" : "in an open world\n");
}

// Everything that must not depend on the order of events.
std::string Essence(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += std::to_string(finding.fingerprint) + " " + Describe(ClaimsOf({finding}));
    for (const Reason& reason : finding.reasons) {
      text += "  " + std::string(ToString(reason.kind));
      for (const int lock : reason.locks) text += " " + finding.locks[lock].name;
      text += "\n";
    }
  }
  return text;
}

std::string CompareOrders(const Program& program, World world, std::uint64_t shuffle, Totals& totals) {
  const std::string in_order = Essence(ValidatorFindings(program, FeedIn(world)));
  FeedOptions shuffled_options = FeedIn(world);
  shuffled_options.shuffle = shuffle;
  const std::string shuffled = Essence(ValidatorFindings(program, shuffled_options));
  if (in_order == shuffled) return "";
  ++totals.order_dependent;
  return "in order:\n" + in_order + "shuffled:\n" + shuffled;
}

std::string CompareWithSchedules(const Program& program, Totals& totals) {
  const Exploration exploration = Explore(program, kStatesMax);
  if (!exploration.exhausted) return "";
  ++totals.explored;
  totals.states += exploration.states;
  totals.can_hang += exploration.hangs > 0 ? 1 : 0;
  std::string text;
  for (const World world : {World::kClosed, World::kOpen}) {
    const Claims claims = ClaimsOf(ValidatorFindings(program, FeedIn(world)));
    const VerdictCheck check = CheckVerdicts(program, claims, exploration);
    for (const std::string& hang : check.wrong) text += "wrong verdict: " + hang;
    for (const std::string& hang : check.missed) text += "missed: " + hang;
    if (!text.empty()) text += Describe(claims);
    totals.wrong_verdicts += check.wrong.size();
    totals.missed_hangs += check.missed.size();
    totals.hidden += world == World::kClosed ? check.hidden.size() : 0;
  }
  return text;
}

// Runs `compare`; on a difference fails with the smallest program that still shows one.
void Require(const Program& program, Totals& totals,
             const std::function<std::string(const Program&, Totals&)>& compare) {
  if (compare(program, totals).empty()) return;
  Totals unused;
  const Program shrunk = Shrink(program, [&](const Program& p) { return !compare(p, unused).empty(); });
  FAIL_CHECK(ToScript(shrunk) << compare(shrunk, unused));
}

void RequireAgreement(const Program& program, std::uint64_t shuffle, Totals& totals) {
  ++totals.programs;
  for (const World world : {World::kClosed, World::kOpen}) {
    Require(program, totals, [world](const Program& p, Totals& t) { return CompareWithReference(p, world, t); });
    Require(program, totals, [&](const Program& p, Totals& t) { return CompareOrders(p, world, shuffle, t); });
  }
  Require(program, totals, CompareWithSchedules);
}

void CompareRandomPrograms(std::uint64_t count, const RandomProgramOptions& options) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomPrograms programs(seed, options);
  std::mt19937_64 shuffles(seed);
  Totals totals;
  for (std::uint64_t i = 0; i < count; ++i) RequireAgreement(programs.Next(), shuffles(), totals);
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << Describe(totals));
}

const std::vector<Mode> kModes = {Mode::kExclusive, Mode::kShared, Mode::kRecursiveShared};
const std::vector<Kind> kKinds = {Kind::kBlocking, Kind::kTrylock, Kind::kTimed};

// Each exhausts another part of "up to 4 locks, 3 threads, depth 3"; the quick tier takes every n-th program.
struct Family {
  SmallPrograms programs;
  std::size_t quick_every = 1;
};

const std::vector<Family> kFamilies = {
    {{.locks = 4, .threads = 3, .depth = 3}, 1},
    {{.locks = 3, .threads = 2, .depth = 3, .modes = kModes}, 5},
    {{.locks = 4, .threads = 2, .depth = 3, .modes = kModes}, 11},
    {{.locks = 2, .threads = 3, .depth = 2, .modes = kModes, .take_again = true}, 7},
    {{.locks = 2, .threads = 3, .depth = 2, .modes = kModes, .take_again = true, .counts = {1, 2}}, 71},
    {{.locks = 4, .threads = 3, .depth = 3, .modes = {Mode::kExclusive, Mode::kShared}}, 151},
    {{.locks = 3, .threads = 2, .depth = 3, .modes = {Mode::kExclusive, Mode::kShared}, .kinds = kKinds}, 251},
    {{.locks = 2, .threads = 2, .depth = 2, .modes = kModes, .kinds = kKinds, .early_release = true, .counts = {1, 2}},
     307},
    {{.locks = 3, .threads = 3, .depth = 3, .early_release = true, .counts = {1, 2}}, 401},
    {{.locks = 3, .threads = 3, .depth = 3, .modes = kModes}, 401},
};

std::string Describe(const SmallPrograms& family) {
  return std::to_string(family.locks) + " locks, " + std::to_string(family.threads) + " threads, depth " +
         std::to_string(family.depth) + ", " + std::to_string(family.modes.size()) + " modes, " +
         std::to_string(family.kinds.size()) + " kinds" + (family.early_release ? ", early releases" : "") +
         (family.take_again ? ", retaken" : "") + (family.counts.size() > 1 ? ", roles of two" : "");
}

// Compares the programs number `first`, `first + every`, ... of a family until `end`.
using Clock = std::chrono::steady_clock;
std::size_t CompareEvery(const SmallPrograms& family, std::size_t first, std::size_t every, Clock::time_point end,
                         Totals& totals) {
  std::size_t number = 0;
  return ForEachSmallProgram(family, [&](const Program& program) {
    if (number++ % every == first && Clock::now() < end) RequireAgreement(program, number, totals);
    return true;
  });
}

RandomProgramOptions Larger() {
  RandomProgramOptions options;
  options.locks_max = 5;
  options.threads_max = 4;
  return options;
}

// Cases that were once wrong, in the order of threads that showed it.
TEST_CASE("what the comparison found once stays found", "[lockdep][validator]") {
  const std::vector<Program> programs = {
      Threads({"a timed:a", "a a"}),                  // a timed self-deadlock hid the one that blocks
      Threads({"o0 timed:o0", "o1 o1"}),              // the same, of another instance
      Threads({"r:o0 r:o0", "r:o1 r:o1", "o1"}),      // a harmless second read hid one that can wait
      Threads({"a sub:o0", "o0 a"}),                  // an instance taken under two subclasses
      Threads({"o0 o1", "o1 sub:o0"}),                //
      Threads({"o0 o1", "a R:o0", "r:o1 a"}),         // a nesting seen before the first recursive read
      Threads({"o0 try:p0", "p1 o1 p0"}),             // the order of the locks of class-aliasing
      Threads({"c d", "d c", "try:c d"}),             // reasons that depend on the first instance cycle
      Threads({"c d b", "b c d", "b try:c d"}),       // a trylock taken for a blocking call with the same locks
      Threads({"a o1 o0", "o0 sub:o1 a o0"}),         // a gate seen under two subclasses
      Threads({"a o0 -o0 o1", "b o0", "o1 o0 a b"}),  // findings sorted by the instance shown
      Threads({"o0 sub:o1 -o0 a", "r:a o0 o1", "r:a o0 o1"}),  // a hang of a false cycle's names, behind a shorter one
  };
  Totals totals;
  for (const Program& program : programs) {
    for (std::uint64_t shuffle = 0; shuffle < 20; ++shuffle) RequireAgreement(program, shuffle, totals);
  }
}

TEST_CASE("random programs have the findings of the reference", "[lockdep][validator]") {
  CompareRandomPrograms(TestPrograms(3'000), {});
}

TEST_CASE("small programs have the findings of the reference", "[lockdep][validator]") {
  for (const Family& family : kFamilies) {
    Totals totals;
    const std::size_t every = reference::TestStride(family.quick_every);
    const std::size_t all = CompareEvery(family.programs, 0, every, Clock::time_point::max(), totals);
    CHECK(totals.programs == (all + every - 1) / every);
    WARN(Describe(family.programs) << ": of " << all << " programs " << Describe(totals));
  }
}

// What Findings() has and nobody was told of.
std::string NotShown(const Program& program, std::uint64_t shuffle, Totals& totals) {
  std::set<std::uint64_t> shown;
  FeedOptions options = FeedIn(World::kOpen);
  options.shuffle = shuffle;
  options.on_finding = [&shown](const Finding& finding) { shown.insert(finding.fingerprint); };
  std::string text;
  for (const Finding& finding : ValidatorFindings(program, options)) {
    ++totals.findings;
    if (finding.verdict == Verdict::kFalse || shown.contains(finding.fingerprint)) continue;
    text += "not shown: " + Describe(ClaimsOf({finding}));
    ++totals.missed;
  }
  return text;
}

TEST_CASE("what a run finds in the end was shown when it was seen", "[lockdep][validator]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomProgramOptions options;
  options.subclass_chance = 0;
  RandomPrograms programs(seed, options);
  Totals totals;
  const std::uint64_t count = TestPrograms(3'000);
  for (; totals.programs < count; ++totals.programs) {
    const std::uint64_t shuffle = seed + totals.programs;
    Require(programs.Next(), totals, [shuffle](const Program& p, Totals& t) { return NotShown(p, shuffle, t); });
  }
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << totals.programs << " programs, " << totals.findings << " findings, "
                            << totals.missed << " not shown");
}

// What limits hide may be missed, but nothing is called false for it.
std::string WrongVerdictsUnderLimits(const Program& program, const FeedOptions& options, Totals& totals) {
  const Exploration exploration = Explore(program, kStatesMax);
  if (!exploration.exhausted) return "";
  const Claims claims = ClaimsOf(ValidatorFindings(program, options));
  const VerdictCheck check = CheckVerdicts(program, claims, exploration);
  totals.findings += claims.size();
  totals.false_findings += check.false_findings;
  totals.wrong_verdicts += check.wrong.size();
  std::string text;
  for (const std::string& hang : check.wrong) text += "wrong verdict: " + hang + Describe(claims);
  return text;
}

TEST_CASE("a writer beyond the cap of instances still counts", "[lockdep][validator]") {
  FeedOptions options;
  options.instances_per_chain_max = 1;
  Totals totals;
  for (const Program& program : {Threads({"o0 -o0 o1", "r:o1 b", "b r:o1"}), Threads({"o0 -o0 o1", "r:o1 r:o1"})}) {
    CHECK(CompareWithSchedules(program, totals).empty());
    CHECK(WrongVerdictsUnderLimits(program, options, totals).empty());
  }
  CHECK(totals.can_hang == 2);
}

TEST_CASE("no limit that is reached makes a verdict wrong", "[lockdep][validator]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomProgramOptions random_options;
  random_options.class_chance = 90;
  random_options.subclass_chance = 5;
  RandomPrograms programs(seed, random_options);
  std::mt19937_64 random(seed);
  Totals totals;
  const std::uint64_t count = TestPrograms(2'000);
  for (; totals.programs < count; ++totals.programs) {
    const Program program = programs.Next();
    FeedOptions options;
    options.world = random() % 2 == 0 ? World::kClosed : World::kOpen;
    options.shuffle = random();
    if (random() % 2 == 0) options.instances_per_chain_max = random() % 3;
    if (random() % 2 == 0) options.search_steps_max = random() % 60;
    Require(program, totals, [&](const Program& p, Totals& t) { return WrongVerdictsUnderLimits(p, options, t); });
  }
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << totals.programs << " programs, " << totals.findings << " findings, "
                            << totals.false_findings << " false, " << totals.wrong_verdicts << " wrong verdicts");
}

TEST_CASE("very many random programs have the findings of the reference", "[.][full]") {
  CompareRandomPrograms(TestPrograms(100'000), {});
  CompareRandomPrograms(TestPrograms(100'000) / 10, Larger());
}

// In slices that are spread evenly, until all are done or the time is up.
TEST_CASE("all small programs have the findings of the reference", "[.][full]") {
  constexpr std::size_t kSlices = 50;
  for (const Family& family : kFamilies) {
    Totals totals;
    std::size_t all = 0;
    const Clock::time_point end = Clock::now() + std::chrono::seconds(TestSeconds(60));
    for (std::size_t slice = 0; slice < kSlices && Clock::now() < end; ++slice) {
      all = CompareEvery(family.programs, slice, kSlices, end, totals);
    }
    WARN(Describe(family.programs) << ": of " << all << " programs " << Describe(totals));
  }
}

}  // namespace
}  // namespace lockdep::reference
