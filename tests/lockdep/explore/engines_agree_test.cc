// The engines that search all schedules, compared: see engine_comparison.h.
#include <cstdint>

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

void CompareRandom(const LockProgramOptions& options, std::uint64_t programs) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  RandomLockPrograms random(seed, options);
  std::uint64_t same = 0, too_large = 0, hang = 0, tried = 0;
  while (same < programs && tried < 10 * programs) {
    const Compared compared = CompareEngines(random.Next(), ++tried % 2 == 0);
    same += compared.outcome == Compared::Outcome::kSame ? 1 : 0;
    hang += compared.outcome == Compared::Outcome::kSame && compared.hangs ? 1 : 0;
    too_large += compared.outcome == Compared::Outcome::kTooLargeForFibers ? 1 : 0;
  }
  CHECK(same == programs);
  CHECK(too_large * 20 <= same);
  // Both kinds are many.
  CHECK(hang * 10 > same);
  CHECK(hang * 10 < 9 * same);
}

LockProgramOptions WithoutLoops() {
  LockProgramOptions options;
  options.loops = false;
  return options;
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
      CHECK(CompareEngines(LockProgramFrom(text), every_step).outcome == Compared::Outcome::kSame);
    }
  }
}

TEST_CASE("random programs hang in all engines alike", "[explore][engines]") {
  CompareRandom({}, reference::TestPrograms(150));
}

TEST_CASE("random programs without loops hang in all engines alike", "[explore][engines]") {
  CompareRandom(WithoutLoops(), reference::TestPrograms(150));
}

TEST_CASE("many random programs hang in all engines alike", "[.][full]") {
  CompareRandom({}, reference::TestPrograms(12'000));
}

TEST_CASE("many random programs without loops hang in all engines alike", "[.][full]") {
  CompareRandom(WithoutLoops(), reference::TestPrograms(12'000));
}

}  // namespace
}  // namespace lockdep::explore
