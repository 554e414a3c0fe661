#include "lockdep/local_hang.h"

#include <bit>
#include <cstdint>
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

// Of all states: the slots that are stuck in some of them, each such set once.
std::vector<Slots> StuckSetsOf(const char* text) {
  const LockProgram program = LockProgramFrom(text);
  PackedStates all(program);
  REQUIRE(all.Explore(10'000));
  LocalHangs hangs(all.program, all.transitions);
  std::vector<Slots> sets;
  for (std::size_t i = 0; i < all.states.size(); ++i) {
    const Slots stuck = hangs.Stuck(all.states[i].data(), all.enabled_in[i]);
    if (stuck != 0 && std::find(sets.begin(), sets.end(), stuck) == sets.end()) sets.push_back(stuck);
  }
  std::sort(sets.begin(), sets.end());
  return sets;
}

TEST_CASE("both threads of ABBA are stuck, and a third one that goes on is not", "[lockdep][local_hang]") {
  CHECK(StuckSetsOf("mutex a b\nthread t: lock a; lock b; unlock b; unlock a\n"
                    "thread u: lock b; lock a; unlock a; unlock b") == std::vector<Slots>{0b011});
  CHECK(StuckSetsOf("mutex a b c\nthread t: lock a; lock b; unlock b; unlock a\n"
                    "thread u: lock b; lock a; unlock a; unlock b\n"
                    "thread v: again: lock c; unlock c; jump again") == std::vector<Slots>{0b011});
}

TEST_CASE("who waits for one that is stuck is stuck too", "[lockdep][local_hang]") {
  const std::vector<Slots> sets = StuckSetsOf(
      "mutex a b\nthread t: lock a; lock b; unlock b; unlock a\n"
      "thread u: lock b; lock a; unlock a; unlock b\nthread v: lock a; unlock a");
  CHECK(sets == std::vector<Slots>{0b011, 0b111});
}

TEST_CASE("who waits for one that goes on is not stuck", "[lockdep][local_hang]") {
  CHECK(StuckSetsOf("mutex a\nthread t x3: lock a; unlock a").empty());
  CHECK(StuckSetsOf("mutex a; condition c\nthread t: lock a; wait c a; unlock a\n"
                    "thread u: again: lock a; signal c; unlock a; jump again")
            .empty());
}

TEST_CASE("a sleeper is stuck once nobody is left to signal", "[lockdep][local_hang]") {
  CHECK(
      StuckSetsOf("mutex a; condition c\nthread t: lock a; wait c a; unlock a\nthread u: lock a; signal c; unlock a") ==
      std::vector<Slots>{0b01});
}

TEST_CASE("a lock that its thread took along to its end keeps others for ever", "[lockdep][local_hang]") {
  CHECK(StuckSetsOf("mutex a\nthread t: lock a\nthread u: lock a; unlock a") == std::vector<Slots>{0b10});
}

// Whom the whole graph never shows moving again, by state.
std::vector<Slots> NeverMoves(const PackedStates& all) {
  std::vector<Slots> moves(all.states.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = all.states.size(); i-- > 0;) {
      Slots more = moves[i];
      for (const PackedStates::Arc& arc : all.arcs[i]) more |= Slots{1} << arc.slot | moves[arc.to];
      changed = changed || more != moves[i];
      moves[i] = more;
    }
  }
  for (Slots& slots : moves) slots = ~slots;
  return moves;
}

TEST_CASE("in random programs who is called stuck never moves again", "[lockdep][local_hang]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomLockPrograms random(seed, {});
  std::uint64_t beside = 0, all_stuck = 0;
  for (std::uint64_t i = reference::TestPrograms(1'000); i > 0; --i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    if (!PackedProgram(program).impossible.empty()) continue;
    PackedStates all(program);
    if (!all.Explore(600) || !all.transitions.gave_up().empty()) continue;
    LocalHangs hangs(all.program, all.transitions);
    const std::vector<Slots> never = NeverMoves(all);
    for (std::size_t state = 0; state < all.states.size(); ++state) {
      const Word* const words = all.states[state].data();
      const Slots stuck = hangs.Stuck(words, all.enabled_in[state]);
      REQUIRE((stuck & ~never[state]) == 0);
      REQUIRE((stuck & all.enabled_in[state]) == 0);
      for (Slots rest = stuck; rest != 0; rest &= rest - 1) {
        const int slot = std::countr_zero(rest);
        REQUIRE(all.transitions.HasStarted(words, slot));
        REQUIRE_FALSE(all.transitions.HasEnded(words, slot));
      }
      if (stuck != 0 && all.enabled_in[state] != 0) ++beside;
      if (all.enabled_in[state] != 0) continue;
      // Where nothing goes on, all that have not ended are.
      Slots left = 0;
      for (std::size_t s = 0; s < all.program.slots.size(); ++s) {
        const int slot = static_cast<int>(s);
        if (all.transitions.HasStarted(words, slot) && !all.transitions.HasEnded(words, slot)) left |= Slots{1} << slot;
      }
      REQUIRE(stuck == left);
      all_stuck += stuck != 0 ? 1 : 0;
    }
  }
  CHECK(beside > 100);
  CHECK(all_stuck > 100);
}

}  // namespace
}  // namespace lockdep
