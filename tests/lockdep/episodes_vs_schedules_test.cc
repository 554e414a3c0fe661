// The verdicts of the search of episodes against every schedule of the whole program: none is wrong.
//
// A failure is shrunk and printed as a workload.  LOCKDEP_TEST_SEED repeats a run, LOCKDEP_TEST_PROGRAMS makes it longer
// or shorter.  The cases tagged [full] run for minutes.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>

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

constexpr std::size_t kStatesMax = 300'000;

struct Totals {
  std::size_t programs = 0;
  std::size_t explored = 0;
  std::size_t can_hang = 0;
  std::size_t predicted = 0;
  std::size_t false_findings = 0;
  std::size_t undecided = 0;
  std::size_t wrong = 0;
  std::size_t missed = 0;
  std::size_t hidden = 0;
};

std::string Describe(const Totals& t) {
  const auto n = [](std::size_t number) { return std::to_string(number); };
  return n(t.programs) + " programs, " + n(t.explored) + " explored whole, " + n(t.can_hang) + " can hang; " +
         n(t.predicted) + " predicted, " + n(t.false_findings) + " false, " + n(t.undecided) + " undecided: " +
         n(t.wrong) + " wrong verdicts, " + n(t.missed) + " missed hangs, " + n(t.hidden) +
         " hangs behind a cycle that cannot hang";
}

FeedOptions WithEpisodes(World world) {
  FeedOptions options;
  options.world = world;
  options.episode_states_max = 200'000;
  return options;
}

// Of an open world: roles that are not single may have more threads than were seen.
Program WithMoreThreads(Program program) {
  Program more = program;
  for (Thread& thread : more.threads) thread.count += program.RoleIsSingle(thread.role) ? 0 : 2;
  return more;
}

void Add(const VerdictCheck& check, Totals& totals) {
  totals.predicted += check.predicted_findings;
  totals.false_findings += check.false_findings;
  totals.undecided += check.undecided;
  totals.wrong += check.wrong.size();
  totals.missed += check.missed.size();
  totals.hidden += check.hidden.size();
}

// What is wrong with the verdicts in this world, if the program can be explored whole.
std::string Contradictions(const Program& program, World world, std::uint64_t shuffle, Totals& totals) {
  const Exploration exploration = Explore(world == World::kOpen ? WithMoreThreads(program) : program, kStatesMax);
  if (!exploration.exhausted) return "";
  ++totals.explored;
  totals.can_hang += exploration.hangs > 0 ? 1 : 0;
  FeedOptions options = WithEpisodes(world);
  options.shuffle = shuffle;
  const Claims claims = ClaimsOf(ValidatorFindings(program, options));
  const VerdictCheck check = CheckVerdicts(program, claims, exploration);
  Add(check, totals);
  std::string text;
  for (const std::string& wrong : check.wrong) text += "wrong verdict: " + wrong;
  // In an open world threads that were not seen make hangs that nobody could know of.
  if (world == World::kClosed) {
    for (const std::string& hang : check.missed) text += "missed: " + hang;
  }
  if (!text.empty()) text += Describe(claims);
  return text;
}

void Require(const Program& program, World world, std::uint64_t shuffle, Totals& totals) {
  ++totals.programs;
  if (Contradictions(program, world, shuffle, totals).empty()) return;
  Totals unused;
  const Program shrunk =
      Shrink(program, [&](const Program& p) { return !Contradictions(p, world, shuffle, unused).empty(); });
  FAIL_CHECK(ToScript(shrunk) << Contradictions(shrunk, world, shuffle, unused));
}

void CompareRandomPrograms(World world, std::uint64_t count, const RandomProgramOptions& options) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomPrograms programs(seed, options);
  std::mt19937_64 shuffles(seed);
  Totals totals;
  for (std::uint64_t i = 0; i < count; ++i) Require(programs.Next(), world, shuffles(), totals);
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << Describe(totals));
}

// More early releases and shared roles, fewer gates: where stage 2 alone decides least.
RandomProgramOptions Interleaved() {
  RandomProgramOptions options;
  options.acquisitions_max = 5;
  options.gate_chance = 10;
  options.class_chance = 20;
  options.shared_role_chance = 25;
  options.several_chance = 25;
  return options;
}

TEST_CASE("no verdict from the episodes of random programs is wrong in a closed world", "[lockdep][episodes]") {
  CompareRandomPrograms(World::kClosed, TestPrograms(300), {});
  CompareRandomPrograms(World::kClosed, TestPrograms(300), Interleaved());
}

TEST_CASE("no verdict from the episodes of random programs is wrong in an open world", "[lockdep][episodes]") {
  CompareRandomPrograms(World::kOpen, TestPrograms(200), {});
}

TEST_CASE("no verdict from the episodes of very many random programs is wrong", "[.][full]") {
  CompareRandomPrograms(World::kClosed, TestPrograms(20'000), {});
  CompareRandomPrograms(World::kClosed, TestPrograms(20'000), Interleaved());
  CompareRandomPrograms(World::kOpen, TestPrograms(20'000) / 4, Interleaved());
}

}  // namespace
}  // namespace lockdep::reference
