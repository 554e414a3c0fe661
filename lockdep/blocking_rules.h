// Who must wait: the blocking rules of every type of lock, in one place.
//
// Pure functions on small values, so that everything that simulates locks shares them.  What an
// *operation* does is said here; which thread goes next is the caller's business, so granting is
// separate from asking: a thread announces its wait, and takes the lock when CanTake says so.
//
//   type        exclusive  shared  waits of a reader (mode shared)    special
//   mutex       yes        -       -
//   recursive   yes        -       -                                  its holder may take it again
//   spinlock    yes        -       -
//   raw         yes        -       -
//   rwsem       yes        yes     for a holder or a waiting writer
//   rwlock      yes        yes     for a holder or a waiting writer   a read is recursive unless said otherwise
//   percpu      yes        yes     for a holder or a waiting writer   announcing and being granted are two steps
//   rcu, srcu   -          yes     never                              sync waits for the sections that exist
//   local       yes        -       -                                  every cpu has its own: only its holder waits
//   pseudo      yes        yes     for a holder                       a writer drains the readers it finds
//
// A reader of mode recursive-shared never waits for a waiting writer, whatever the type.
// Sources: Linux Documentation/locking/locktypes.rst, lockdep-design.rst ("Block condition matrix"),
// kernel/locking/percpu-rwsem.c, fs/kernfs/dir.c (kernfs_drain).
//
// Immutable rules; a state is a value, thread-compatible: guard with what guards its owner.
// Cost: O(holders + waiting writers) each.
#ifndef LOCKDEP_BLOCKING_RULES_H_
#define LOCKDEP_BLOCKING_RULES_H_

#include <cstdint>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "lockdep/acquisition.h"

namespace lockdep {

// What a type of lock can do and how its requests wait.
struct BlockingRules {
  bool exclusive = true;
  bool shared = false;
  bool reentrant = false;          // an exclusive holder may take it again
  bool own_copy = false;           // threads do not share it
  bool readers_queue = false;      // a shared request waits behind waiting writers
  bool readers_recursive = false;  // a read is recursive-shared unless said otherwise
  bool sections = false;           // holding it shared keeps nobody out
  bool sync = false;               // has an operation that waits for the sections that exist
  bool downgrade = false;          // an exclusive hold can become a shared one
  bool announces_always = false;   // a write is announced even where it could be had at once
};

const BlockingRules& RulesOf(LockType type);

// The decisions that all of this rests on, for callers that keep the state of locks in a form of their own.
// Whether a hold in mode `held` keeps out a request for `wanted`, of the same runner or another one.
constexpr bool Excludes(const BlockingRules& rules, Mode held, bool same_runner, Mode wanted) {
  if (rules.sections) return false;
  if (IsShared(held) && IsShared(wanted)) return false;
  if (rules.own_copy) return same_runner;
  return !(rules.reentrant && same_runner);
}
// Whether a request for `wanted` waits behind the writes that other runners announced.
constexpr bool WaitsBehindWriters(const BlockingRules& rules, Mode wanted) {
  return rules.readers_queue && wanted == Mode::kShared;
}
// Whether a request for `wanted` that has to wait makes others wait behind it.
constexpr bool AnnouncesItself(const BlockingRules& rules, Mode wanted) {
  return rules.readers_queue && wanted == Mode::kExclusive;
}

using Runner = std::uint16_t;  // a simulated thread

struct LockHold {
  Runner runner = 0;
  Mode mode = Mode::kExclusive;
  std::uint32_t count = 1;  // how often, in this mode
  friend bool operator==(const LockHold&, const LockHold&) = default;
};

struct LockState {
  absl::InlinedVector<LockHold, 2> holds;                   // in the order of taking
  absl::InlinedVector<Runner, 2> waiting_writers;           // announced, first come first
  absl::InlinedVector<std::pair<Runner, Runner>, 1> syncs;  // (who waits, whose section)
  friend bool operator==(const LockState&, const LockState&) = default;
};

// Why a request must wait: for a hold of `runner`, or behind its announced write.
struct Blocker {
  Runner runner = 0;
  bool queued = false;  // it does not hold the lock, it waits to write
  Mode mode = Mode::kExclusive;
};
using Blockers = absl::InlinedVector<Blocker, 4>;

// Whom a request waits for now, itself included; empty if it can be granted.
Blockers WhoBlocks(LockType type, const LockState& state, Runner runner, Mode mode);
bool CanTake(LockType type, const LockState& state, Runner runner, Mode mode);

// REQUIRES: CanTake.  Ends the announcement of `runner`, if there is one.
void Take(LockState& state, Runner runner, Mode mode);
// `runner` starts to wait for writing: readers that queue wait behind it from now on.
void Announce(LockState& state, Runner runner);
void Withdraw(LockState& state, Runner runner);
// Ends one hold of `runner`, the latest; false if it holds nothing.
bool Release(LockState& state, Runner runner);
// REQUIRES: held exclusively by `runner`.
void Downgrade(LockState& state, Runner runner);

bool Holds(const LockState& state, Runner runner);
bool HoldsIn(const LockState& state, Runner runner, Mode mode);
// How often `runner` has to release it.
std::uint32_t HoldCount(const LockState& state, Runner runner);

// Waits for the end of every section that exists now, one's own included.
void StartSync(LockState& state, Runner runner);
bool SyncDone(const LockState& state, Runner runner);
Blockers WhoBlocksSync(const LockState& state, Runner runner);

// A condition variable: who sleeps, first come first.
struct ConditionState {
  absl::InlinedVector<Runner, 2> sleepers;
  friend bool operator==(const ConditionState&, const ConditionState&) = default;
};
void Sleep(ConditionState& state, Runner runner);
bool Sleeps(const ConditionState& state, Runner runner);
void Signal(ConditionState& state);
void Broadcast(ConditionState& state);

// A completion: a count of waits that need not wait.
struct CompletionState {
  std::uint32_t done = 0;
  bool for_all = false;
  friend bool operator==(const CompletionState&, const CompletionState&) = default;
};
bool CanPass(const CompletionState& state);
// REQUIRES: CanPass.
void Pass(CompletionState& state);
void Complete(CompletionState& state);
void CompleteAll(CompletionState& state);

}  // namespace lockdep

#endif  // LOCKDEP_BLOCKING_RULES_H_
