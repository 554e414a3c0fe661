#include "lockdep/stubborn_set.h"

#include <bit>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/catch.h"
#include "tests/lockdep/packed_states.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using reference::LockProgramFrom;
using Slots = std::uint64_t;

Slots PickedAtTheStart(const char* text) {
  const LockProgram program = LockProgramFrom(text);
  PackedStates all(program);
  StubbornSets sets(all.program, all.transitions);
  Slots picked = 0;
  bool first = true;
  REQUIRE(all.Explore(10'000, [&](const Word* state, Slots enabled) {
    const Slots here = sets.Pick(state, enabled);
    if (first) picked = here;
    first = false;
    return here;
  }));
  return picked;
}

TEST_CASE("of threads that share nothing one at a time is followed", "[lockdep][stubborn_set]") {
  const LockProgram program = LockProgramFrom(
      "mutex a b c\nthread t: lock a; unlock a\nthread u: lock b; unlock b\nthread v: lock c; unlock c");
  PackedStates full(program), reduced(program);
  StubbornSets sets(reduced.program, reduced.transitions);
  REQUIRE(full.Explore(1'000));
  REQUIRE(reduced.Explore(1'000, [&](const Word* state, Slots enabled) { return sets.Pick(state, enabled); }));
  CHECK(full.states.size() == 27);
  CHECK(reduced.states.size() == 7);  // one way
}

TEST_CASE("who takes first what others take too is not left out", "[lockdep][stubborn_set]") {
  CHECK(PickedAtTheStart("mutex a\nthread t: lock a; unlock a\nthread u: lock a; unlock a") == 0b11);
  CHECK(std::popcount(PickedAtTheStart("mutex a b\nthread t: lock a; unlock a\nthread u: lock b; unlock b")) == 1);
  // What one takes first the other takes later.
  CHECK(PickedAtTheStart("mutex a b\nthread t: lock a; lock b; unlock b; unlock a\n"
                         "thread u: lock b; lock a; unlock a; unlock b") == 0b11);
}

TEST_CASE("readers do not disturb each other, a writer to come does", "[lockdep][stubborn_set]") {
  CHECK(std::popcount(PickedAtTheStart("rwlock a\nthread t: read-recursive a; unlock a\n"
                                       "thread u: read-recursive a; unlock a")) == 1);
  // Not the reader alone: the writer to come disturbs it.  But who writes later can read first.
  CHECK(PickedAtTheStart("rwlock a\nthread t: read-recursive a; unlock a\n"
                         "thread u: read-recursive a; unlock a; lock a; unlock a") == 0b10);
  CHECK(PickedAtTheStart("rwlock a\nthread t: read-recursive a; unlock a\nthread u: lock a; unlock a") == 0b11);
}

using States = std::set<std::vector<Word>>;

States Ends(const PackedStates& all) {
  States ends;
  for (std::size_t i = 0; i < all.states.size(); ++i) {
    if (all.enabled_in[i] == 0) ends.insert(all.states[i]);
  }
  return ends;
}

// Values of variables are numbered as they come up, so that packed states of two searches can be compared only
// without them.
bool HasVariables(const LockProgram& program) { return !program.variables.empty(); }

TEST_CASE("in random programs every state without successors is reached", "[lockdep][stubborn_set]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::LockProgramOptions options;
  options.loops = false;
  options.threads_max = 4;
  reference::RandomLockPrograms random(seed, options);
  std::uint64_t compared = 0, fewer = 0, with_hang = 0;
  for (std::uint64_t i = reference::TestPrograms(1'000); i > 0; --i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    PackedStates full(program), reduced(program);
    if (!full.program.impossible.empty() || !full.Explore(3'000)) continue;
    StubbornSets sets(reduced.program, reduced.transitions);
    REQUIRE(reduced.Explore(3'000, [&](const Word* state, Slots enabled) {
      const Slots picked = sets.Pick(state, enabled);
      REQUIRE(picked != 0);
      REQUIRE((picked & ~enabled) == 0);
      return picked;
    }));
    REQUIRE(reduced.states.size() <= full.states.size());
    const States ends = Ends(full);
    REQUIRE(Ends(reduced).size() == ends.size());
    if (!HasVariables(program)) REQUIRE(Ends(reduced) == ends);
    ++compared;
    fewer += reduced.states.size() < full.states.size() ? 1 : 0;
    with_hang += ends.size() > 1 ? 1 : 0;
  }
  CHECK(compared > 100);
  CHECK(2 * fewer > compared);
  CHECK(10 * with_hang > compared);
}

}  // namespace
}  // namespace lockdep
