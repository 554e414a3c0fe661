#include "lockdep/transitions.h"

#include <algorithm>
#include <cstring>

#include "lockdep/blocking_rules.h"
#include "lockdep/check.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::size_t Index(Mode mode) { return static_cast<std::size_t>(mode); }

constexpr bool Compare(std::int64_t left, LockProgram::Comparison comparison, std::int64_t right) {
  switch (comparison) {
    case LockProgram::Comparison::kEqual: return left == right;
    case LockProgram::Comparison::kNotEqual: return left != right;
    case LockProgram::Comparison::kLess: return left < right;
    case LockProgram::Comparison::kLessEqual: return left <= right;
    case LockProgram::Comparison::kGreater: return left > right;
    case LockProgram::Comparison::kGreaterEqual: return left >= right;
  }
  return false;
}

Word PhaseOf(Phase base, Mode mode) { return static_cast<Word>(base) + static_cast<Word>(mode); }
bool IsAsleepPhase(Word phase) { return phase >= PhaseOf(Phase::kAsleep, Mode::kExclusive) && phase < 4; }

bool CanBeHad(const Word* state, const PackedRequest& request) {
  return !request.holders.AnyOf(state) && !request.writers.AnyOf(state);
}

}  // namespace

Word* StepBuffer::Add(SlotStep step) {
  const std::size_t at = steps_.size() * words_;
  steps_.push_back(step);
  if (states_.size() < at + words_) states_.resize(2 * (at + words_));
  return states_.data() + at;
}

Word* StepBuffer::Add(const Word* from, SlotStep step) {
  Word* state = Add(step);
  std::copy(from, from + words_, state);
  return state;
}

Word* StepBuffer::AddLike(std::size_t i, SlotStep step) {
  Word* state = Add(step);
  std::copy(states_.data() + i * words_, states_.data() + (i + 1) * words_, state);
  return state;
}

Transitions::Transitions(const PackedProgram& program, WakeUps wake_ups)
    : program_(program), wake_ups_(wake_ups), scratch_(program.words) {
  LOCKDEP_CHECK(program.impossible.empty());
  for (const LockProgram::Variable& variable : program.program.variables) {
    values_.push_back({variable.value});
    numbers_.push_back({{variable.value, 0}});
  }
}

std::vector<Word> Transitions::Initial() {
  std::vector<Word> state(program_.words, 0);
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    if (program_.slots[i].starts) GoTo(state.data(), static_cast<int>(i), 0);
  }
  return state;
}

// --- Questions ------------------------------------------------------------------------------------

bool Transitions::HasStarted(const Word* state, int slot) const {
  return SlotAt(slot).starts || Get(state, SlotAt(slot).position) != 0;
}

bool Transitions::CanGoOn(const Word* state, int slot) {
  scratch_.Clear();
  Of(state, slot, scratch_);
  return scratch_.size() > 0;
}

std::size_t Transitions::RankOf(const Word* state, int slot) const {
  const PackedSlot& me = SlotAt(slot);
  return Get(state, me.position) - (me.starts ? 0 : 1);
}

const PackedAction& Transitions::ActionOf(const Word* state, int slot) const {
  return SlotAt(slot).actions[RankOf(state, slot)];
}

bool Transitions::HasEnded(const Word* state, int slot) const {
  return HasStarted(state, slot) && ActionOf(state, slot).op->code == Code::kEnd;
}

bool Transitions::AllEnded(const Word* state) const {
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    if (HasStarted(state, slot) && ActionOf(state, slot).op->code != Code::kEnd) return false;
  }
  return true;
}

bool Transitions::IsAsleep(const Word* state, int slot, const PackedAction& action) const {
  return action.op->code == Code::kWait && IsAsleepPhase(Get(state, SlotAt(slot).phase));
}

bool Transitions::WantsLock(const Word* state, int slot, const PackedAction& action) const {
  if (action.op->code == Code::kTake) return true;
  return action.op->code == Code::kWait && Get(state, SlotAt(slot).phase) >= PhaseOf(Phase::kWoken, Mode::kExclusive);
}

Mode Transitions::WantedMode(const Word* state, int slot, const PackedAction& action) const {
  if (action.op->code != Code::kWait) return action.op->mode;
  const Word phase = Get(state, SlotAt(slot).phase);
  return static_cast<Mode>(phase - static_cast<Word>(IsAsleepPhase(phase) ? Phase::kAsleep : Phase::kWoken));
}

std::int64_t Transitions::ValueOf(const Word* state, int variable) const {
  return values_[Index(variable)][Get(state, program_.variables[Index(variable)])];
}

std::int64_t Transitions::ValueOf(const Word* state, const LockProgram::Expression& expression) const {
  // Wraps around.
  const auto base =
      expression.variable == LockProgram::kNone ? 0U : static_cast<std::uint64_t>(ValueOf(state, expression.variable));
  return static_cast<std::int64_t>(base + static_cast<std::uint64_t>(expression.offset));
}

bool Transitions::Holds(const Word* state, const LockProgram::Condition& condition) const {
  return Compare(ValueOf(state, condition.variable), condition.comparison, ValueOf(state, condition.right));
}

bool Transitions::Joinable(const Word* state, int thread) const {
  const std::vector<int>& slots = program_.slots_of_thread[Index(thread)];
  if (slots.empty() || !HasStarted(state, slots.front())) return false;
  return std::all_of(slots.begin(), slots.end(),
                     [&](int slot) { return !HasStarted(state, slot) || HasEnded(state, slot); });
}

// --- Going on ---------------------------------------------------------------------------------------

void Transitions::GoTo(Word* next, int slot, int op) const {
  const PackedSlot& me = SlotAt(slot);
  const std::vector<int>& rank = program_.flows[Index(me.thread)].rank;
  while (rank[Index(op)] < 0) op = DoLocal(next, me, op);
  Set(next, me.position, static_cast<Word>(rank[Index(op)]) + (me.starts ? 0 : 1));
}

int Transitions::DoLocal(Word* next, const PackedSlot& slot, int at) const {
  const Op& op = program_.program.threads[Index(slot.thread)].ops[Index(at)];
  switch (op.code) {
    case Code::kJump: return op.target;
    case Code::kCountStart:
      Set(next, slot.counters[Index(op.number)], static_cast<Word>(op.count));
      return op.count == 0 ? op.target : at + 1;
    case Code::kCountNext: {
      const Word count = Get(next, slot.counters[Index(op.number)]);
      if (count > 0) Set(next, slot.counters[Index(op.number)], count - 1);
      return count > 1 ? op.target : at + 1;
    }
    default: return at + 1;
  }
}

void Transitions::Of(const Word* state, StepBuffer& out) {
  for (std::size_t i = 0; i < program_.slots.size(); ++i) Of(state, static_cast<int>(i), out);
}

SlotStep Transitions::StepOf(int slot, const PackedAction& action, StepResult result) const {
  SlotStep step;
  step.slot = static_cast<std::uint8_t>(slot);
  step.op = action.at;
  step.result = result;
  return step;
}

void Transitions::Of(const Word* state, int slot, StepBuffer& out) {
  if (!HasStarted(state, slot)) return;
  const PackedAction& action = ActionOf(state, slot);
  switch (action.op->code) {
    case Code::kEnd: return;
    case Code::kTake: return Take(state, slot, action, out);
    case Code::kUnlock: return Unlock(state, slot, action, out);
    case Code::kSync: return Sync(state, slot, action, out);
    case Code::kWait: return Wait(state, slot, action, out);
    case Code::kSignal: return Signal(state, slot, action, out);
    case Code::kWaitFor: return WaitFor(state, slot, action, out);
    case Code::kAwait:
    case Code::kJumpUnless:
    case Code::kChoose:
    case Code::kJoin: return Branch(state, slot, action, out);
    default: return Other(state, slot, action, out);
  }
}

// --- Locks --------------------------------------------------------------------------------------------

void Transitions::Take(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  if (action.op->kind == Kind::kBlocking) return TakeBlocking(state, slot, action, action.op->mode, out);
  TryOrTime(state, slot, action, out);
}

void Transitions::TakeBlocking(const Word* state, int slot, const PackedAction& action, Mode mode, StepBuffer& out) {
  const LockUse& use = UseOf(slot, action);
  const BlockingRules& rules = *program_.locks[Index(use.lock)].rules;
  const bool can = CanBeHad(state, use.requests[Index(mode)]);
  const bool must_announce =
      AnnouncesItself(rules, mode) && Get(state, use.announced) == 0 && (!can || rules.announces_always);
  SlotStep step = StepOf(slot, action, must_announce ? StepResult::kAnnounced : StepResult::kDone);
  step.free = action.op->free_choice;
  if (must_announce) {
    Set(out.Add(state, step), use.announced, 1);
  } else if (can) {
    Got(out.Add(state, step), slot, action, mode);
  }
}

void Transitions::TryOrTime(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const LockUse& use = UseOf(slot, action);
  const PackedRequest& request = use.requests[Index(action.op->mode)];
  const bool can = CanBeHad(state, request);
  SlotStep not_got = StepOf(slot, action, StepResult::kNotGot);
  not_got.free = action.op->free_choice;
  if (action.op->kind == Kind::kTimed) {
    TakeBlocking(state, slot, action, action.op->mode, out);
  } else if (!request.holders.AnyOf(state)) {
    SlotStep got = StepOf(slot, action, StepResult::kDone);
    got.free = not_got.free;
    Got(out.Add(state, got), slot, action, action.op->mode);
  }
  if (!can || action.op->free_choice) NotGot(out.Add(state, not_got), slot, action);
}

void Transitions::Got(Word* next, int slot, const PackedAction& action, Mode mode) {
  const LockUse& use = UseOf(slot, action);
  const Word levels = Get(next, use.levels);
  const int level = (WidthOf(levels) + use.modes - 1) / use.modes;
  const int bit = level * use.modes + use.bit_of_mode[Index(mode)];
  if (bit >= use.levels.width) {
    gave_up_ = "a thread holds a lock too many times at once";
    return;
  }
  Set(next, use.levels, levels | Word{1} << bit);
  Set(next, use.announced, 0);
  Set(next, use.not_got, 0);
  Set(next, SlotAt(slot).phase, 0);
  GoTo(next, slot, action.at + 1);
}

void Transitions::NotGot(Word* next, int slot, const PackedAction& action) {
  const LockUse& use = UseOf(slot, action);
  Set(next, use.announced, 0);
  if (action.op->target != LockProgram::kNone) return GoTo(next, slot, action.op->target);
  // If it does not hold the lock, its next unlock does nothing anyway.
  if (Get(next, use.levels) != 0) {
    const Word count = Get(next, use.not_got) + 1;
    if (count > use.not_got.ones()) {
      gave_up_ = "a thread failed too often to take a lock that it holds";
      return;
    }
    Set(next, use.not_got, count);
  }
  GoTo(next, slot, action.at + 1);
}

void Transitions::Unlock(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  Word* next = out.Add(state, StepOf(slot, action, StepResult::kDone));
  const LockUse& use = UseOf(slot, action);
  const Word left_out = Get(next, use.not_got);
  if (left_out > 0) {
    Set(next, use.not_got, left_out - 1);
  } else {
    ReleaseLatest(next, use);
  }
  GoTo(next, slot, action.at + 1);
}

void Transitions::ReleaseLatest(Word* next, const LockUse& use) {
  const Word levels = Get(next, use.levels);
  if (levels == 0) return;
  const Word left = levels & ~(Word{1} << (WidthOf(levels) - 1));
  Set(next, use.levels, left);
  if (left != 0) return;
  Set(next, use.not_got, 0);
  use.section.Clear(next);
}

void Transitions::Downgrade(Word* next, const LockUse& use) {
  const Word levels = Get(next, use.levels);
  const Word exclusive = levels & use.holds_in[Index(Mode::kExclusive)];
  if (exclusive == 0) return;
  const int from = WidthOf(exclusive) - 1;  // the latest
  const int to = from - use.bit_of_mode[Index(Mode::kExclusive)] + use.bit_of_mode[Index(Mode::kShared)];
  Set(next, use.levels, (levels & ~(Word{1} << from)) | Word{1} << to);
}

void Transitions::Sync(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const LockUse& use = UseOf(slot, action);
  const Field phase = SlotAt(slot).phase;
  const bool waiting = Get(state, phase) == static_cast<Word>(Phase::kSyncing);
  const bool must_wait = waiting ? use.syncing.AnyOf(state)
                                 : std::any_of(use.sync.begin(), use.sync.end(),
                                               [&](const auto& section) { return Get(state, section.first) != 0; });
  if (!must_wait) {
    Word* next = out.Add(state, StepOf(slot, action, StepResult::kDone));
    Set(next, phase, 0);
    return GoTo(next, slot, action.at + 1);
  }
  if (waiting) return;
  Word* next = out.Add(state, StepOf(slot, action, StepResult::kAnnounced));
  Set(next, phase, static_cast<Word>(Phase::kSyncing));
  for (const auto& [levels, waits] : use.sync) {
    if (Get(state, levels) != 0) Set(next, waits, 1);
  }
}

bool Transitions::Asserted(const Word* state, int slot, const PackedAction& action) const {
  if (action.op->lock == LockProgram::kNone) return Holds(state, action.op->condition);
  const LockUse& use = UseOf(slot, action);
  const Word levels = Get(state, use.levels);
  const bool exclusively = (levels & use.holds_in[Index(Mode::kExclusive)]) != 0;
  switch (action.op->assertion) {
    case LockProgram::Assertion::kHeld: return levels != 0;
    case LockProgram::Assertion::kHeldShared: return levels != 0 && !exclusively;
    case LockProgram::Assertion::kNotHeld: return levels == 0;
  }
  return false;
}

// --- Events -------------------------------------------------------------------------------------------

void Transitions::Wait(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const LockUse& use = UseOf(slot, action);
  const Field phase = SlotAt(slot).phase;
  if (WantsLock(state, slot, action)) {
    return TakeBlocking(state, slot, action, WantedMode(state, slot, action), out);
  }
  if (IsAsleep(state, slot, action)) {
    if (wake_ups_ == WakeUps::kAnyTime) Wake(out.Add(state, StepOf(slot, action, StepResult::kSpurious)), slot);
    return;
  }
  const Word levels = Get(state, use.levels);
  const Mode mode = levels == 0 ? Mode::kExclusive : use.mode_of_bit[Index((WidthOf(levels) - 1) % use.modes)];
  Word* next = out.Add(state, StepOf(slot, action, StepResult::kAnnounced));
  ReleaseLatest(next, use);
  Set(next, phase, PhaseOf(Phase::kAsleep, mode));
  if (wake_ups_ == WakeUps::kAnyTime) return;
  Wake(out.AddLike(out.size() - 1, StepOf(slot, action, StepResult::kSpurious)), slot);
}

void Transitions::Wake(Word* next, int slot) const {
  const Field phase = SlotAt(slot).phase;
  Set(next, phase, Get(next, phase) - static_cast<Word>(Phase::kAsleep) + static_cast<Word>(Phase::kWoken));
}

// A signal to each sleeper, or to nobody if there is none.
void Transitions::Signal(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  bool any = false;
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int other = static_cast<int>(i);
    if (!HasStarted(state, other)) continue;
    const PackedAction& wait = ActionOf(state, other);
    if (!IsAsleep(state, other, wait) || wait.op->number != action.op->number) continue;
    any = true;
    SlotStep step = StepOf(slot, action, StepResult::kDone);
    step.woken = static_cast<std::int8_t>(other);
    Word* next = out.Add(state, step);
    Wake(next, other);
    GoTo(next, slot, action.at + 1);
  }
  if (!any) GoTo(out.Add(state, StepOf(slot, action, StepResult::kDone)), slot, action.at + 1);
}

void Transitions::WaitFor(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const PackedProgram::Completion& completion = program_.completions[Index(action.op->number)];
  const Word done = Get(state, completion.done);
  const bool for_all = Get(state, completion.for_all) != 0;
  SlotStep step = StepOf(slot, action, StepResult::kDone);
  step.free = action.op->free_choice;
  if (for_all || done > 0) {
    Word* next = out.Add(state, step);
    if (!for_all) Set(next, completion.done, done - 1);
    GoTo(next, slot, action.at + 1);
  }
  if (!action.op->free_choice) return;
  step.result = StepResult::kNotGot;
  GoTo(out.Add(state, step), slot, action.at + 1);
}

void Transitions::Complete(Word* next, const Op& op) {
  const PackedProgram::Completion& completion = program_.completions[Index(op.number)];
  if (Get(next, completion.for_all) != 0) return;
  const Word done = Get(next, completion.done);
  if (op.code == Code::kCompleteAll) {
    // The count means nothing from now on.
    Set(next, completion.for_all, 1);
    Set(next, completion.done, 0);
  } else if (done == completion.done.ones()) {
    gave_up_ = "a completion was completed too many times";
  } else {
    Set(next, completion.done, done + 1);
  }
}

void Transitions::Spawn(Word* next, int thread) {
  int left = program_.program.threads[Index(thread)].count;
  for (const int slot : program_.slots_of_thread[Index(thread)]) {
    if (left == 0) return;
    if (HasStarted(next, slot)) continue;
    GoTo(next, slot, 0);
    --left;
  }
  if (left > 0) gave_up_ = "there may be more than " + std::to_string(kSlotsMax) + " threads";
}

void Transitions::Branch(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const Op& op = *action.op;
  SlotStep step = StepOf(slot, action, StepResult::kDone);
  step.free = op.code == Code::kChoose;
  if (op.code == Code::kAwait && !Holds(state, op.condition)) return;
  if (op.code == Code::kJoin && !Joinable(state, op.number)) return;
  const bool jumps = op.code == Code::kJumpUnless && !Holds(state, op.condition);
  GoTo(out.Add(state, step), slot, jumps ? op.target : action.at + 1);
  if (op.code != Code::kChoose) return;
  step.result = StepResult::kNotGot;
  GoTo(out.Add(state, step), slot, op.target);
}

void Transitions::Other(const Word* state, int slot, const PackedAction& action, StepBuffer& out) {
  const Op& op = *action.op;
  SlotStep step = StepOf(slot, action, StepResult::kDone);
  step.failed = op.code == Code::kAssert && !Asserted(state, slot, action);
  Word* next = out.Add(state, step);
  int to = action.at + 1;
  switch (op.code) {
    case Code::kDowngrade: Downgrade(next, UseOf(slot, action)); break;
    case Code::kInit:
    case Code::kDestroy: program_.locks[Index(op.lock)].everything.Clear(next); break;
    case Code::kAssert: break;
    case Code::kAssign: Assign(next, op.number, ValueOf(state, op.expression)); break;
    case Code::kBroadcast:
      for (std::size_t i = 0; i < program_.slots.size(); ++i) {
        const int other = static_cast<int>(i);
        if (!HasStarted(state, other)) continue;
        const PackedAction& wait = ActionOf(state, other);
        if (IsAsleep(state, other, wait) && wait.op->number == op.number) Wake(next, other);
      }
      break;
    case Code::kComplete:
    case Code::kCompleteAll: Complete(next, op); break;
    case Code::kSpawn: Spawn(next, op.number); break;
    default: to = DoLocal(next, SlotAt(slot), action.at); break;
  }
  GoTo(next, slot, to);
}

void Transitions::Assign(Word* next, int variable, std::int64_t value) {
  auto& values = values_[Index(variable)];
  const auto [entry, is_new] = numbers_[Index(variable)].insert({value, values.size()});
  if (is_new) {
    if (values.size() > program_.variables[Index(variable)].ones()) {
      numbers_[Index(variable)].erase(entry);
      gave_up_ = "a variable has too many values";
      return;
    }
    values.push_back(value);
  }
  Set(next, program_.variables[Index(variable)], entry->second);
}

}  // namespace lockdep
