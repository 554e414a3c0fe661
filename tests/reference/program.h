// A tiny program model: threads that are straight lines of lock operations.
//
// It is what the reference engines (reference_findings.h, schedules.h) work on, and what the validator is
// compared with.  Plain data; it never runs.
//
// Meaning of a program:
//   * A thread performs its operations in order.  `count` threads with these operations exist.  A role is single
//     if exactly one thread of it exists.
//   * A trylock or timed lock that is not got either goes on without the lock (a later release or downgrade of a
//     lock that is not held is then skipped), or gives up: releases all, youngest first, and ends.
//   * A lock may be held several times (shared); a release ends its youngest hold.
//   * What a thread still holds at the end of its operations it releases, youngest first.
//
// Immutable data and pure functions.
// Cost: RunsOf is exponential in the number of trylocks and timed locks that go on after a failure.
#ifndef TESTS_REFERENCE_PROGRAM_H_
#define TESTS_REFERENCE_PROGRAM_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/acquisition.h"

namespace lockdep::reference {

struct LockClass {
  std::string name;
  bool ordered = false;  // same-class nesting is in order if the index rises
  friend auto operator<=>(const LockClass&, const LockClass&) = default;
};

struct Lock {
  std::string name;  // "a", or "o[1]" for an instance of a class
  LockType type = LockType::kMutex;
  int lock_class = -1;  // index into Program::classes; -1: its own node
  int index = 0;        // in its class
  friend auto operator<=>(const Lock&, const Lock&) = default;
};

enum class OpKind : std::uint8_t { kAcquire, kRelease, kDowngrade };
enum class OnFailure : std::uint8_t { kGiveUp, kGoOn };

struct Op {
  OpKind op = OpKind::kAcquire;
  int lock = 0;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  OnFailure on_failure = OnFailure::kGiveUp;
  int subclass = 0;
  int nest = -1;  // the lock of a nest annotation; -1: none
  friend auto operator<=>(const Op&, const Op&) = default;
};

struct Thread {
  int role = 0;
  int count = 1;
  std::vector<Op> ops;
  friend auto operator<=>(const Thread&, const Thread&) = default;
};

struct Program {
  std::vector<LockClass> classes;
  std::vector<Lock> locks;
  std::vector<Thread> threads;
  friend auto operator<=>(const Program&, const Program&) = default;

  bool RoleIsSingle(int role) const;
  // The node of the lock: its class and subclass ("C", "C/1"), or the lock itself.
  std::string NodeOf(int lock, int subclass) const;
};

// One lock held by one thread.
struct Hold {
  int lock = 0;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  int subclass = 0;
  friend auto operator<=>(const Hold&, const Hold&) = default;
};

// Whether two acquisitions of one lock exclude each other when both hold it.
constexpr bool Conflict(Mode a, Mode b) { return !IsShared(a) || !IsShared(b); }

// The index of the youngest hold of the lock, or -1.
int YoungestHold(const std::vector<Hold>& holds, int lock);

// What a thread of a program does when it runs alone: only its own holds are in its way.
enum class StepKind : std::uint8_t { kGot, kFailed, kBlockedForEver, kReleased, kDowngraded };
struct Step {
  StepKind step = StepKind::kGot;
  Op op;                   // kReleased: only `lock` counts
  int op_index = -1;       // into Thread::ops; -1: a release when giving up or at the end
  std::vector<Hold> held;  // before the step, oldest first
};
using Run = std::vector<Step>;

// All runs of a thread alone: every trylock and timed lock is got once (where its own holds allow it) and fails
// once.  A thread that waits for itself stops there.
std::vector<Run> RunsOf(const Thread& thread);

// Shorthands for programs written by hand.
Op Acquire(int lock, Mode mode = Mode::kExclusive, Kind kind = Kind::kBlocking);
Op Release(int lock);

// The program in the workload language.
std::string ToScript(const Program& program);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_PROGRAM_H_
