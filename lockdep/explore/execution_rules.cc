// What can be done in a state of an execution, and what that changes.
#include <algorithm>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/explore/execution.h"
#include "lockdep/explore/validator_feed.h"

namespace lockdep::explore {
namespace {

// What a step adds to its thread's history, before what it observes.
std::uint64_t WordFor(const Operation& op, const Choice& choice) {
  return static_cast<std::uint64_t>(op.code) << 56 | static_cast<std::uint64_t>(op.mode) << 52 |
         static_cast<std::uint64_t>(op.kind) << 48 | static_cast<std::uint64_t>(choice.outcome) << 40 |
         static_cast<std::uint64_t>(op.how.subclass()) << 32 | (op.code == Code::kChoose ? choice.argument : 0U);
}

bool IsShareable(const Object& object) { return RulesOf(object.lock_type).shared; }

}  // namespace

// --- Choices -------------------------------------------------------------------------------------------

void Execution::AppendChoices(std::vector<Choice>& choices) const {
  for (std::size_t i = 0; i < thread_count_; ++i) AppendChoicesOf(*threads_[i], choices);
}

void Execution::AppendChoicesOf(const SimulatedThread& thread, std::vector<Choice>& choices) const {
  if (thread.ended) return;
  const Operation& op = thread.pending;
  const auto add = [&](Outcome outcome, std::uint32_t argument = 0) {
    choices.push_back({thread.runner, outcome, static_cast<std::uint16_t>(argument)});
  };
  switch (op.code) {
    case Code::kTake: return AppendTakes(thread, choices);
    case Code::kSleep:
      if (thread.woken) return add(Outcome::kDone);
      if (op.kind == Kind::kTimed) add(Outcome::kNotGot);
      if (thread.spurious_wakes < settings_.spurious_wakes_max) add(Outcome::kSpurious);
      return;
    case Code::kSignal:
      if (op.object->condition.sleepers.empty()) return add(Outcome::kDone);
      for (const Runner sleeper : op.object->condition.sleepers) add(Outcome::kDone, sleeper + 1U);
      return;
    case Code::kWaitFor:
      if (CanPass(op.object->completion)) return add(Outcome::kDone);
      if (op.kind != Kind::kBlocking) add(Outcome::kNotGot);
      return;
    case Code::kJoin:
      if (threads_[op.target]->ended) add(Outcome::kDone);
      return;
    case Code::kChoose:
      for (std::uint32_t i = 0; i < op.count; ++i) add(Outcome::kDone, i);
      return;
    default: return add(Outcome::kDone);
  }
}

// The rules are those of lockdep/lock_program.h.
void Execution::AppendTakes(const SimulatedThread& thread, std::vector<Choice>& choices) const {
  const Operation& op = thread.pending;
  const auto add = [&](Outcome outcome) { choices.push_back({thread.runner, outcome, 0}); };
  const Blockers blockers = WhoBlocks(op.object->lock_type, op.object->lock, thread.runner, op.mode);
  if (op.kind == Kind::kTrylock) {
    const bool held = std::any_of(blockers.begin(), blockers.end(), [](const Blocker& each) { return !each.queued; });
    if (!held) add(Outcome::kDone);
    // With only waiting writers in the way either is right.
    if (!blockers.empty()) add(Outcome::kNotGot);
    return;
  }
  const bool announces = op.mode == Mode::kExclusive && IsShareable(*op.object) && !thread.announced &&
                         (!blockers.empty() || op.object->lock_type == LockType::kPercpuRwSem);
  if (announces) {
    add(Outcome::kAnnounced);
  } else if (blockers.empty()) {
    add(Outcome::kDone);
  }
  if (op.kind == Kind::kTimed && !blockers.empty()) add(Outcome::kNotGot);
}

// --- Steps ---------------------------------------------------------------------------------------------

void Execution::Apply(SimulatedThread& thread, const Choice& choice) {
  const Operation& op = thread.pending;
  std::uint64_t word = WordFor(op, choice);
  thread.digest = Extend(thread.digest, word);
  if (op.object != nullptr) {
    thread.digest = Extend(thread.digest, op.object->identity);
    word = MixBits(word ^ op.object->uid, 0xe7037ed1a0b428dbULL);
    touched_.push_back(op.object);
  }
  NoteSpin(thread, word, choice.outcome);
  thread.result = choice.outcome == Outcome::kNotGot ? 0 : 1;
  switch (op.code) {
    case Code::kTake: return ApplyTake(thread, choice.outcome);
    case Code::kRelease: return ApplyRelease(thread);
    case Code::kDowngrade:
      lockdep::Downgrade(op.object->lock, thread.runner);
      for (Hold& hold : thread.holds) {
        if (hold.object == op.object && hold.mode == Mode::kExclusive) hold.mode = Mode::kShared;
      }
      return Publish(thread, *op.object, true);
    case Code::kSleep: return ApplySleep(thread, choice.outcome);
    case Code::kSignal:
      thread.digest = Extend(thread.digest, choice.argument == 0 ? 0 : threads_[choice.argument - 1U]->uid + 1ULL);
      if (choice.argument != 0) Wake(thread, *op.object, static_cast<Runner>(choice.argument - 1U));
      return;
    case Code::kBroadcast:
      while (!op.object->condition.sleepers.empty()) Wake(thread, *op.object, op.object->condition.sleepers.front());
      return;
    case Code::kWaitFor:
      if (choice.outcome != Outcome::kDone) return;
      Pass(op.object->completion);
      thread.digest = Extend(thread.digest, op.object->shared_history);
      thread.clock.Join(op.object->shared_clock);
      return;
    case Code::kComplete: lockdep::Complete(op.object->completion); return Publish(thread, *op.object, false);
    case Code::kCompleteAll: CompleteAll(op.object->completion); return Publish(thread, *op.object, false);
    case Code::kJoin: {
      SimulatedThread& target = *threads_[op.target];
      thread.digest = Extend(thread.digest, target.digest);
      thread.clock.Join(target.clock);
      target.joined = true;
      return Refresh(target);
    }
    case Code::kChoose: thread.result = choice.argument; return;
    case Code::kYield:
    case Code::kRestart:
    case Code::kBoundary: return;
    case Code::kRead:
    case Code::kWrite:
    case Code::kReadOnce:
    case Code::kWriteOnce:
    case Code::kUpdate: return ApplyAccess(thread);
  }
}

// The pending operation, as a part of the step before.
void Execution::ApplyAtOnce(SimulatedThread& thread, const std::vector<std::uintptr_t>& stack) {
  ++steps_;
  const Choice choice{thread.runner, Outcome::kDone, 0};
  if (with_places_) trail_.push_back({StepOf(choice), thread.pending, stack});
  Apply(thread, choice);
}

bool Execution::IsStep(const Object& object) const {
  return settings_.every_step || (object.uid < watched_.size() && watched_[object.uid]);
}

void Execution::Watch(const Object& object) {
  if (IsStep(object)) return;
  if (object.uid >= watched_.size()) watched_.resize(object.uid + 1U, false);
  watched_[object.uid] = true;
  newly_watched_ = true;
}

void Execution::ApplyTake(SimulatedThread& thread, Outcome outcome) {
  const Operation& op = thread.pending;
  Object& object = *op.object;
  if (outcome == Outcome::kAnnounced) {
    Announce(object.lock, thread.runner);
    thread.announced = true;
    return;
  }
  if (outcome == Outcome::kNotGot) {
    Withdraw(object.lock, thread.runner);
    thread.announced = false;
    thread.last_try = PendingStep(thread);
    thread.last_try_stack = thread.stack;
    thread.last_try_step = steps_;
    return;
  }
  Take(object.lock, thread.runner, op.mode);
  thread.announced = false;
  thread.holds.push_back({&object, op.mode, op.mode, op.kind, op.how, steps_, thread.stack});
  // A reader takes over what the last writer left; a writer, what the readers since left as well.
  thread.digest = Extend(thread.digest, object.exclusive_history);
  thread.clock.Join(object.exclusive_clock);
  if (op.mode != Mode::kExclusive) return;
  thread.digest = Extend(thread.digest, object.shared_history);
  thread.clock.Join(object.shared_clock);
}

void Execution::ApplyRelease(SimulatedThread& thread) {
  Object& object = *thread.pending.object;
  const auto hold = std::find_if(thread.holds.rbegin(), thread.holds.rend(),
                                 [&](const Hold& each) { return each.object == &object; });
  LOCKDEP_CHECK(hold != thread.holds.rend());
  const bool exclusively = hold->mode == Mode::kExclusive;
  thread.holds.erase(std::next(hold).base());
  lockdep::Release(object.lock, thread.runner);
  if (Object* const bed = std::exchange(thread.bed, nullptr)) {
    thread.digest = Extend(thread.digest, bed->identity);
    lockdep::Sleep(bed->condition, thread.runner);
    touched_.push_back(bed);
  }
  Publish(thread, object, exclusively);
}

void Execution::ApplySleep(SimulatedThread& thread, Outcome outcome) {
  if (outcome == Outcome::kSpurious) ++thread.spurious_wakes;
  if (outcome == Outcome::kDone) {
    thread.digest = Extend(thread.digest, thread.wake_history);
  } else {
    auto& sleepers = thread.pending.object->condition.sleepers;
    sleepers.erase(std::find(sleepers.begin(), sleepers.end(), thread.runner));
  }
  thread.woken = false;
  thread.wake_history = {};
}

// A signal orders nothing: what the sleeper may rely on is ordered by the mutex.
void Execution::Wake(SimulatedThread& thread, Object& condition, Runner sleeper) {
  auto& sleepers = condition.condition.sleepers;
  sleepers.erase(std::find(sleepers.begin(), sleepers.end(), sleeper));
  SimulatedThread& woken = *threads_[sleeper];
  woken.woken = true;
  if (!thread.keeps_in_variables) woken.wake_history = thread.digest;
  Refresh(woken);
}

// The thread lets go of the object: whoever synchronises with it takes over the thread's history.
void Execution::Publish(SimulatedThread& thread, Object& object, bool exclusively) {
  if (exclusively) {
    object.exclusive_clock = thread.clock;
    object.shared_clock.Clear();
  } else {
    object.shared_clock.Join(thread.clock);
  }
  thread.clock.Tick(thread.runner);
  if (thread.keeps_in_variables) return;
  if (exclusively) {
    object.exclusive_history = thread.digest;
    object.shared_history = {};
  } else {
    object.shared_history += thread.digest;
  }
}

void Execution::ApplyAccess(SimulatedThread& thread) {
  const Operation& op = thread.pending;
  Object& object = *op.object;
  if (!IsWrite(op.code) || op.code == Code::kUpdate) {
    thread.digest = Extend(thread.digest, object.value);
    if (!object.value_says_all) thread.digest = Extend(thread.digest, object.exclusive_history);
  }
  const Access access{thread.runner, op.code, thread.clock[thread.runner], steps_, op.site};
  Access* own = nullptr;
  for (Access& each : object.accesses) {
    if (each.runner == access.runner && each.code == access.code) own = &each;
    const bool ordered = each.runner == access.runner || each.time <= thread.clock[each.runner];
    if (!ordered && Conflict(each.code, access.code)) races_.push_back({&object, each, access});
  }
  if (own == nullptr) own = &object.accesses.emplace_back();
  *own = access;
}

void Execution::NoteSpin(SimulatedThread& thread, std::uint64_t word, Outcome outcome) {
  const bool spins = outcome == Outcome::kNotGot || thread.pending.code == Code::kYield || word == thread.last_word;
  if (spins) ++thread.spins;
  thread.last_word = word;
}

}  // namespace lockdep::explore
