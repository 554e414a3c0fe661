// The engines that search all schedules, compared: see engine_comparison.h.
#include <cstdint>
#include <iostream>
#include <ostream>

#include "tests/catch.h"
#include "tests/lockdep/explore/engine_comparison.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep::explore {
namespace {

using reference::LockProgramFrom;
using reference::LockProgramOptions;
using reference::RandomLockPrograms;

struct Tally {
  std::uint64_t programs = 0, packed = 0, reference = 0, fibers = 0, not_for_fibers = 0, all = 0, hang = 0;

  void Add(const Compared& compared) {
    ++programs;
    packed += compared.by_packed ? 1 : 0;
    reference += compared.by_reference ? 1 : 0;
    fibers += compared.by_fibers ? 1 : 0;
    not_for_fibers += compared.for_fibers ? 0 : 1;
    all += compared.by_all() ? 1 : 0;
    hang += compared.hangs ? 1 : 0;
  }
};

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  return out << tally.programs << " programs, searched to the end: " << tally.packed
             << " packed with and without reduction, " << tally.reference << " by the reference, " << tally.fibers
             << " on fibers (" << tally.not_for_fibers << " cannot run there), " << tally.all << " by all; "
             << tally.hang << " hang";
}

// Until `programs` of them were searched to the end by all.  `percent`: of those that can run in all, so many must
// be small enough for all.
Tally CompareRandom(const LockProgramOptions& options, std::uint64_t programs, const EngineLimits& limits,
                    std::uint64_t percent) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomLockPrograms random(seed, options);
  Tally tally;
  while (tally.all < programs && tally.programs < 3 * programs + 50)
    tally.Add(CompareEngines(random.Next(), tally.programs % 2 == 0, limits));
  INFO(tally);
  CHECK(tally.all == programs);
  CHECK(tally.all * 100 >= (tally.programs - tally.not_for_fibers) * percent);
  // Both kinds are there: of each family 44 to 77 of 100 hang.  Few programs, as with sanitizers, show no share.
  if (tally.programs >= 60) {
    CHECK(tally.hang * 20 > tally.programs);
    CHECK(tally.hang * 20 < tally.programs * 19);
  }
  return tally;
}

TEST_CASE("programs by hand hang in all engines alike", "[explore][engines]") {
  for (const char* text : {
           "mutex a b\nthread t: lock a; lock b; unlock b; unlock a\nthread u: lock b; lock a; unlock a; unlock b",
           "mutex g a b\nthread t: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
           "thread u: lock g; lock b; lock a; unlock a; unlock b; unlock g",
           "mutex a b\nthread t x2: again: lock a; try b -> back; unlock b; unlock a; jump over; back: unlock a; "
           "jump again; over: yield",
           "percpu p; mutex m\nthread t: read p; lock m; unlock m; unlock p\n"
           "thread u: lock m; read p; unlock p; unlock m\nthread w: lock p; unlock p",
           "var x\nthread t: await x == 1\nthread u: x = 1",
           "var x\nthread t: await x == 1\nthread u: x = 2",
           "mutex a; condition c; var x\nthread t: lock a; again: unless x == 0 -> go; wait c a; jump again; "
           "go: unlock a\nthread u: lock a; x = 1; signal c; unlock a",
           "mutex a\nthread server: again: lock a; unlock a; jump again\nthread t: lock a; unlock a",
           "mutex a\nthread server: again: lock a; unlock a; jump again\nthread t: lock a",
       }) {
    INFO(text);
    for (const bool every_step : {false, true}) {
      CHECK(CompareEngines(LockProgramFrom(text), every_step).by_all());
    }
  }
}

// So small that most are searched to the end, and many in little time.
LockProgramOptions Small(bool loops) {
  LockProgramOptions options;
  options.loops = loops;
  options.statements_max = 2;
  return options;
}

EngineLimits LimitsOfSmall() {
  EngineLimits limits;
  limits.reference_states = 800;
  limits.packed_states = 20'000;
  limits.fiber_states = 1'200;
  return limits;
}

TEST_CASE("random programs hang in all engines alike", "[explore][engines]") {
  const std::uint64_t programs = reference::TestPrograms(150);
  CompareRandom(Small(true), programs, LimitsOfSmall(), 70);
  CompareRandom(Small(false), programs, LimitsOfSmall(), 70);
}

TEST_CASE("larger random programs hang in all engines alike", "[explore][engines]") {
  CompareRandom({}, reference::TestPrograms(50), {}, 50);
}

TEST_CASE("many random programs hang in all engines alike", "[.][full]") {
  const std::uint64_t programs = reference::TestPrograms(11'000);
  std::cout << "with loops: " << CompareRandom(Small(true), programs, LimitsOfSmall(), 90) << std::endl;
  std::cout << "without: " << CompareRandom(Small(false), programs, LimitsOfSmall(), 90) << std::endl;
}

}  // namespace
}  // namespace lockdep::explore
