#include "lockdep/blocking_rules.h"

#include <vector>

#include "tests/catch.h"

namespace lockdep {
namespace {

constexpr Mode kW = Mode::kExclusive;
constexpr Mode kR = Mode::kShared;
constexpr Mode kRR = Mode::kRecursiveShared;

// A state in which `holder` holds the lock.
LockState Held(Runner holder, Mode mode) {
  LockState state;
  Take(state, holder, mode);
  return state;
}

TEST_CASE("an exclusive hold keeps out everybody, its holder included", "[lockdep][blocking_rules]") {
  for (const LockType type : {LockType::kMutex, LockType::kSpinLock, LockType::kRawSpinLock, LockType::kRwSem,
                              LockType::kRwLock, LockType::kPercpuRwSem, LockType::kPseudo}) {
    CAPTURE(ToString(type));
    const LockState state = Held(1, kW);
    CHECK_FALSE(CanTake(type, state, 2, kW));
    CHECK_FALSE(CanTake(type, state, 1, kW));
    if (!RulesOf(type).shared) continue;
    CHECK_FALSE(CanTake(type, state, 2, kR));
    CHECK_FALSE(CanTake(type, state, 2, kRR));
    CHECK_FALSE(CanTake(type, state, 1, kR));
  }
}

TEST_CASE("a recursive mutex lets in its holder only, and is released by the last unlock",
          "[lockdep][blocking_rules]") {
  LockState state = Held(1, kW);
  CHECK(CanTake(LockType::kRecursiveMutex, state, 1, kW));
  CHECK_FALSE(CanTake(LockType::kRecursiveMutex, state, 2, kW));
  Take(state, 1, kW);
  CHECK(HoldCount(state, 1) == 2);
  CHECK(Release(state, 1));
  CHECK_FALSE(CanTake(LockType::kRecursiveMutex, state, 2, kW));
  CHECK(Release(state, 1));
  CHECK(CanTake(LockType::kRecursiveMutex, state, 2, kW));
  CHECK_FALSE(Release(state, 1));
}

TEST_CASE("readers share and keep writers out", "[lockdep][blocking_rules]") {
  for (const LockType type : {LockType::kRwSem, LockType::kRwLock, LockType::kPercpuRwSem, LockType::kPseudo}) {
    CAPTURE(ToString(type));
    const LockState state = Held(1, kR);
    CHECK(CanTake(type, state, 2, kR));
    CHECK(CanTake(type, state, 2, kRR));
    CHECK(CanTake(type, state, 1, kR));
    CHECK_FALSE(CanTake(type, state, 2, kW));
    CHECK_FALSE(CanTake(type, state, 1, kW));
  }
}

TEST_CASE("a waiting writer keeps out readers that queue, and no others", "[lockdep][blocking_rules]") {
  for (const LockType type : {LockType::kRwSem, LockType::kRwLock, LockType::kPercpuRwSem, LockType::kPseudo}) {
    CAPTURE(ToString(type));
    LockState state = Held(1, kR);
    Announce(state, 2);
    Announce(state, 2);
    CHECK(CanTake(type, state, 3, kR) == (type == LockType::kPseudo));
    CHECK(CanTake(type, state, 1, kR) == (type == LockType::kPseudo));
    CHECK(CanTake(type, state, 3, kRR));
    Withdraw(state, 2);
    CHECK(CanTake(type, state, 3, kR));
  }
}

TEST_CASE("a writer that is let in waits no more", "[lockdep][blocking_rules]") {
  LockState state;
  Announce(state, 2);
  REQUIRE(CanTake(LockType::kRwSem, state, 2, kW));
  Take(state, 2, kW);
  CHECK(state.waiting_writers.empty());
}

TEST_CASE("whom a request waits for is said, and why", "[lockdep][blocking_rules]") {
  LockState state = Held(1, kR);
  Take(state, 2, kR);
  Announce(state, 3);
  const Blockers writer = WhoBlocks(LockType::kRwSem, state, 4, kW);
  REQUIRE(writer.size() == 2);
  CHECK(writer[0].runner == 1);
  CHECK_FALSE(writer[0].queued);
  const Blockers reader = WhoBlocks(LockType::kRwSem, state, 4, kR);
  REQUIRE(reader.size() == 1);
  CHECK(reader[0].runner == 3);
  CHECK(reader[0].queued);
}

TEST_CASE("a downgrade lets readers in and no writer", "[lockdep][blocking_rules]") {
  LockState state = Held(1, kW);
  Downgrade(state, 1);
  CHECK(HoldsIn(state, 1, kR));
  CHECK_FALSE(HoldsIn(state, 1, kW));
  CHECK(CanTake(LockType::kRwSem, state, 2, kR));
  CHECK_FALSE(CanTake(LockType::kRwSem, state, 2, kW));
}

TEST_CASE("every cpu has a local lock of its own", "[lockdep][blocking_rules]") {
  const LockState state = Held(1, kW);
  CHECK(CanTake(LockType::kLocal, state, 2, kW));
  CHECK_FALSE(CanTake(LockType::kLocal, state, 1, kW));
}

TEST_CASE("sections never wait, and sync waits for those that exist when it starts", "[lockdep][blocking_rules]") {
  LockState state = Held(1, kRR);
  CHECK(CanTake(LockType::kSrcu, state, 2, kRR));
  StartSync(state, 3);
  CHECK_FALSE(SyncDone(state, 3));
  Take(state, 2, kRR);  // later: not waited for
  CHECK(WhoBlocksSync(state, 3).size() == 1);
  Take(state, 1, kRR);  // nested: the outer end counts
  CHECK(Release(state, 1));
  CHECK_FALSE(SyncDone(state, 3));
  CHECK(Release(state, 1));
  CHECK(SyncDone(state, 3));
  StartSync(state, 2);
  REQUIRE(WhoBlocksSync(state, 2).size() == 1);
  CHECK(WhoBlocksSync(state, 2)[0].runner == 2);
}

TEST_CASE("a signal wakes who slept first, a broadcast everybody", "[lockdep][blocking_rules]") {
  ConditionState state;
  Signal(state);
  Sleep(state, 1);
  Sleep(state, 2);
  Sleep(state, 3);
  Signal(state);
  CHECK_FALSE(Sleeps(state, 1));
  CHECK(Sleeps(state, 2));
  Broadcast(state);
  CHECK_FALSE(Sleeps(state, 3));
}

TEST_CASE("a completion passes as often as it was completed, or for ever", "[lockdep][blocking_rules]") {
  CompletionState state;
  CHECK_FALSE(CanPass(state));
  Complete(state);
  Complete(state);
  Pass(state);
  CHECK(CanPass(state));
  Pass(state);
  CHECK_FALSE(CanPass(state));
  CompleteAll(state);
  Pass(state);
  CHECK(CanPass(state));
}

}  // namespace
}  // namespace lockdep
