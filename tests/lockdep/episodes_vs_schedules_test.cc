// The verdicts of the search of episodes against every schedule of the whole program: none is wrong.
//
// A failure is shrunk and printed as a workload.  LOCKDEP_TEST_SEED repeats a run, LOCKDEP_TEST_PROGRAMS makes it
// longer or shorter.  The cases tagged [full] run for minutes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
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

constexpr std::size_t kStatesMax = TestStates(300'000);

struct Totals {
  std::size_t programs = 0;
  std::size_t explored = 0;
  std::size_t can_hang = 0;
  std::size_t predicted = 0;
  std::size_t false_findings = 0;
  std::size_t by_episodes = 0;  // of them
  std::size_t undecided = 0;
  std::size_t wrong = 0;
  std::size_t missed = 0;
  std::size_t hidden = 0;
};

std::string Describe(const Totals& t) {
  const auto n = [](std::size_t number) { return std::to_string(number); };
  return n(t.programs) + " programs, " + n(t.explored) + " explored whole, " + n(t.can_hang) + " can hang; " +
         n(t.predicted) + " predicted, " + n(t.false_findings) + " false (" + n(t.by_episodes) +
         " by their episodes), " + n(t.undecided) + " undecided: " + n(t.wrong) + " wrong verdicts, " + n(t.missed) +
         " missed hangs, " + n(t.hidden) + " hangs behind a cycle that cannot hang";
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

bool IsFalseByEpisodes(const Finding& finding) {
  return finding.verdict == Verdict::kFalse && finding.strength == Strength::kExhausted;
}

// What is wrong with the verdicts in this world, if the program can be explored whole.
std::string Contradictions(const Program& program, World world, std::uint64_t shuffle, Totals& totals) {
  const Exploration exploration = Explore(world == World::kOpen ? WithMoreThreads(program) : program, kStatesMax);
  if (!exploration.exhausted) return "";
  ++totals.explored;
  totals.can_hang += exploration.hangs > 0 ? 1 : 0;
  FeedOptions options = WithEpisodes(world);
  options.shuffle = shuffle;
  const std::vector<Finding> findings = ValidatorFindings(program, options);
  for (const Finding& finding : findings) totals.by_episodes += IsFalseByEpisodes(finding) ? 1 : 0;
  const Claims claims = ClaimsOf(findings);
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

// Threads that take and release few locks in any order: their links often cannot meet, for reasons that no set of
// held locks shows.
Program HandOverHand(std::mt19937_64& random) {
  const auto below = [&random](int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); };
  Program program;
  const int locks = 3 + below(2);
  for (int i = 0; i < locks; ++i) {
    const LockType type = below(3) == 0 ? LockType::kRwSem : LockType::kMutex;
    program.locks.push_back({std::string(1, static_cast<char>('a' + i)), type, -1, 0});
  }
  const int threads = 2 + below(2);
  for (int t = 0; t < threads; ++t) {
    Thread& thread = program.threads.emplace_back();
    thread.role = below(4) == 0 ? 0 : t;
    std::vector<int> held;
    for (int steps = 6 + below(8); steps > 0; --steps) {
      const int lock = below(locks);
      const auto has = std::find(held.begin(), held.end(), lock);
      if (has != held.end()) {
        held.erase(has);
        thread.ops.push_back(Release(lock));
        continue;
      }
      const bool shared = program.locks[lock].type == LockType::kRwSem && below(2) == 0;
      const Kind kind = below(8) == 0 ? Kind::kTrylock : Kind::kBlocking;
      held.push_back(lock);
      thread.ops.push_back(Acquire(lock, shared ? Mode::kShared : Mode::kExclusive, kind));
    }
  }
  return program;
}

void CompareHandOverHand(World world, std::uint64_t count) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  Totals totals;
  for (std::uint64_t i = 0; i < count; ++i) Require(HandOverHand(random), world, random(), totals);
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << Describe(totals));
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
  CompareHandOverHand(World::kClosed, TestPrograms(500));
}

TEST_CASE("no verdict from the episodes of random programs is wrong in an open world", "[lockdep][episodes]") {
  CompareRandomPrograms(World::kOpen, TestPrograms(60), {});
  CompareHandOverHand(World::kOpen, TestPrograms(60));
}

TEST_CASE("no verdict from the episodes of very many random programs is wrong", "[.][full]") {
  CompareRandomPrograms(World::kClosed, TestPrograms(20'000), {});
  CompareRandomPrograms(World::kClosed, TestPrograms(20'000), Interleaved());
  CompareHandOverHand(World::kClosed, TestPrograms(20'000));
  CompareRandomPrograms(World::kOpen, TestPrograms(20'000) / 8, Interleaved());
  CompareHandOverHand(World::kOpen, TestPrograms(20'000) / 8);
}

}  // namespace
}  // namespace lockdep::reference
