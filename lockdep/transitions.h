// What may happen next in a packed state: every transition of every runner, with the state after it.
//
// The meaning of the operations is said in lock_program.h, who waits for whom in blocking_rules.h.
//
// A sleeper that wakes up by itself does so at once, in the same step as falling asleep (its result is kSpurious).
// That reaches every state: until it asks for its lock again, a sleeper that was woken and one that no signal wakes
// differ for nobody but those who signal, and the signals that went to others meanwhile can go to them all the same.
//
// Thread-compatible: learns the values of variables as they come up.
// Cost: a few nanoseconds a transition, plus copying the state.
#ifndef LOCKDEP_TRANSITIONS_H_
#define LOCKDEP_TRANSITIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/packed_program.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

// One transition, by slot.
struct SlotStep {
  std::uint8_t slot = 0;
  std::int8_t woken = -1;  // slot
  StepResult result = StepResult::kDone;
  bool free = false;    // the other way was possible too, whatever the state
  bool failed = false;  // an assertion
  std::int32_t op = 0;
  friend bool operator==(const SlotStep&, const SlotStep&) = default;
};

// Transitions of one state; its memory is used again and again.
class StepBuffer {
 public:
  explicit StepBuffer(std::size_t words) : words_(words) {}

  void Clear() { steps_.clear(); }
  std::size_t size() const { return steps_.size(); }
  const SlotStep& step(std::size_t i) const { return steps_[i]; }
  const Word* state(std::size_t i) const { return states_.data() + i * words_; }
  // A copy of `from`, to be changed; valid until the next one.  REQUIRES: `from` is not of this buffer.
  Word* Add(const Word* from, SlotStep step);
  // A copy of the i-th.
  Word* AddLike(std::size_t i, SlotStep step);

 private:
  Word* Add(SlotStep step);

  std::size_t words_;
  std::vector<SlotStep> steps_;
  std::vector<Word> states_;
};

class Transitions {
 public:
  // REQUIRES: program.impossible is empty.
  explicit Transitions(const PackedProgram& program);

  std::vector<Word> Initial();

  // Adds what `slot` may do.
  void Of(const Word* state, int slot, StepBuffer& out);
  // Adds what all may do.
  void Of(const Word* state, StepBuffer& out);
  // Adds that `slot` wakes up by itself, if it sleeps.
  void WakeUp(const Word* state, int slot, StepBuffer& out);

  // Empty, or why a state could not be made, as a phrase; then some transition is missing.
  const std::string& gave_up() const { return gave_up_; }

  SlotStep StepOf(int slot, const PackedAction& action, StepResult result) const;

  bool HasStarted(const Word* state, int slot) const;
  bool HasEnded(const Word* state, int slot) const;
  bool AllEnded(const Word* state) const;
  // Where it rests.  REQUIRES: started.
  std::size_t RankOf(const Word* state, int slot) const;
  const PackedAction& ActionOf(const Word* state, int slot) const;
  const LockUse& UseOf(int slot, const PackedAction& action) const {
    return program_.slots[static_cast<std::size_t>(slot)].uses[static_cast<std::size_t>(action.use)];
  }
  // The mode in which a waiting runner wants its lock; of a condition wait, once it was woken.
  Mode WantedMode(const Word* state, int slot, const PackedAction& action) const;
  bool IsAsleep(const Word* state, int slot, const PackedAction& action) const;
  bool WantsLock(const Word* state, int slot, const PackedAction& action) const;
  std::int64_t ValueOf(const Word* state, int variable) const;

 private:
  const PackedSlot& SlotAt(int slot) const { return program_.slots[static_cast<std::size_t>(slot)]; }

  void Take(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void TakeBlocking(const Word* state, int slot, const PackedAction& action, Mode mode, StepBuffer& out);
  void TryOrTime(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void Got(Word* next, int slot, const PackedAction& action, Mode mode);
  void NotGot(Word* next, int slot, const PackedAction& action);
  void Unlock(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void ReleaseLatest(Word* next, const LockUse& use);
  void Downgrade(Word* next, const LockUse& use);
  void Sync(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  bool Asserted(const Word* state, int slot, const PackedAction& action) const;
  void Wait(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void Signal(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void Wake(Word* next, int slot) const;
  void WaitFor(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void Complete(Word* next, const LockProgram::Op& op);
  void Spawn(Word* next, int thread);
  bool Joinable(const Word* state, int thread) const;
  void Branch(const Word* state, int slot, const PackedAction& action, StepBuffer& out);
  void Other(const Word* state, int slot, const PackedAction& action, StepBuffer& out);

  // Does local operations from `op` on, then rests.
  void GoTo(Word* next, int slot, int op) const;
  int DoLocal(Word* next, const PackedSlot& slot, int op) const;
  void Assign(Word* next, int variable, std::int64_t value);
  std::int64_t ValueOf(const Word* state, const LockProgram::Expression& expression) const;
  bool Holds(const Word* state, const LockProgram::Condition& condition) const;

  const PackedProgram& program_;
  std::string gave_up_;
  // Values of each variable by their number in packed states, and back.
  std::vector<std::vector<std::int64_t>> values_;
  std::vector<absl::flat_hash_map<std::int64_t, std::uint64_t>> numbers_;
};

}  // namespace lockdep

#endif  // LOCKDEP_TRANSITIONS_H_
