// What simulated threads share, as one execution keeps it: locks, condition variables, completions and
// variables.  Who waits for whom is said by lockdep/blocking_rules.h; here is only what each object remembers of
// who used it.
//
// Two things are remembered beside the state.  *Digests* stand for the history that whoever synchronises with
// the object takes over: of a lock, that of its last exclusive release and the sum of those of the readers since;
// of a completion, the sum of the completions; of a variable, that of the last write.  *Clocks* are the same for
// the happens-before order of C++, by which races are found.
//
// Thread-confined.
#ifndef LOCKDEP_EXPLORE_OBJECT_H_
#define LOCKDEP_EXPLORE_OBJECT_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "lockdep/blocking_rules.h"
#include "lockdep/explore/digest.h"
#include "lockdep/explore/operation.h"
#include "lockdep/held_locks.h"  // Site

namespace lockdep::explore {

// A vector clock.  (Mattern, Virtual Time and Global States of Distributed Systems, 1989.)
class Clock {
 public:
  std::uint32_t operator[](Runner runner) const { return runner < times_.size() ? times_[runner] : 0; }
  void Tick(Runner runner) {
    if (runner >= times_.size()) times_.resize(runner + 1U, 0);
    ++times_[runner];
  }
  void Join(const Clock& other) {
    if (times_.size() < other.times_.size()) times_.resize(other.times_.size(), 0);
    for (std::size_t i = 0; i < other.times_.size(); ++i) times_[i] = std::max(times_[i], other.times_[i]);
  }
  void Clear() { times_.clear(); }

 private:
  absl::InlinedVector<std::uint32_t, 6> times_;
};

// An access of a variable.
struct Access {
  Runner runner = 0;
  Code code = Code::kRead;
  std::uint32_t time = 0;  // of its thread
  std::uint64_t step = 0;  // of the execution
  Site site = 0;
};

// Of two accesses of one variable by two threads: whether they race unless something orders them.
inline bool Conflict(Code a, Code b) { return (IsWrite(a) || IsWrite(b)) && (IsPlain(a) || IsPlain(b)); }

struct Object {
  enum class Type : std::uint8_t { kLock, kCondition, kCompletion, kVariable };

  Type type = Type::kLock;
  LockType lock_type = LockType::kMutex;
  std::uint32_t uid = 0;
  Digest identity;
  const void* address = nullptr;

  LockState lock;
  ConditionState condition;
  CompletionState completion;
  Digest value;  // of a variable

  Digest exclusive_history;
  Digest shared_history;
  Clock exclusive_clock;
  Clock shared_clock;
  std::vector<Access> accesses;  // of a variable: the last of each thread and code

  // Whether `history`-less values are enough: the last write was by a thread that keeps its knowledge in variables.
  bool value_says_all = false;
  Digest contribution;  // to the digest of the state

  void ClearLock() {
    lock.holds.clear();
    lock.waiting_writers.clear();
    lock.syncs.clear();
  }
  void Reset() {
    ClearLock();
    condition.sleepers.clear();
    completion = {};
    value = exclusive_history = shared_history = contribution = {};
    exclusive_clock.Clear();
    shared_clock.Clear();
    accesses.clear();
    value_says_all = false;
  }
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_OBJECT_H_
