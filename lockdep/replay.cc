#include <algorithm>
#include <optional>

#include "lockdep/blocking_rules.h"
#include "lockdep/packed_program.h"
#include "lockdep/runner_numbers.h"
#include "lockdep/schedule_search.h"
#include "lockdep/transitions.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

class Replayer {
 public:
  explicit Replayer(const LockProgram& program)
      : packed_(program), buffer_(packed_.words), holds_(packed_.slots.size()), last_step_(packed_.slots.size(), -1) {
    if (!packed_.impossible.empty()) return;
    transitions_.emplace(packed_);
    numbers_.emplace(packed_, *transitions_);
    state_ = transitions_->Initial();
  }

  ReplayResult Run(const ProgramSchedule& schedule) {
    ReplayResult result;
    if (!transitions_) {
      result.diverged = true;
      result.why = packed_.impossible;
      return result;
    }
    for (; result.step < schedule.size(); ++result.step) {
      result.why = Do(schedule[result.step], static_cast<std::int64_t>(result.step));
      result.diverged = !result.why.empty();
      if (result.diverged) break;
    }
    Describe(result);
    return result;
  }

 private:
  std::string NameOf(RunnerName name) const {
    if (name.thread < 0 || Index(name.thread) >= packed_.program.threads.size()) {
      return "thread " + std::to_string(name.thread);
    }
    const LockProgram::Thread& thread = packed_.program.threads[Index(name.thread)];
    return (thread.name.empty() ? "thread " + std::to_string(name.thread) : thread.name) +
           (packed_.slots_of_thread[Index(name.thread)].size() > 1 ? "." + std::to_string(name.copy + 1) : "");
  }

  // Empty, or why it cannot be done.
  std::string Do(const ProgramStep& step, std::int64_t at) {
    const int slot = numbers_->SlotOf(step.runner);
    if (slot < 0 || numbers_->NumberOf(slot) < 0) return NameOf(step.runner) + " does not run";
    if (transitions_->ActionOf(state_.data(), slot).at != step.op) {
      return NameOf(step.runner) + " is not at operation " + std::to_string(step.op);
    }
    buffer_.Clear();
    if (step.result == StepResult::kSpurious) {
      transitions_->WakeUp(state_.data(), slot, buffer_);
    } else {
      transitions_->Of(state_.data(), slot, buffer_);
    }
    if (!transitions_->gave_up().empty()) return transitions_->gave_up();
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      const ProgramStep possible = numbers_->ToProgram(buffer_.step(i));
      if (possible.result != step.result || possible.woken != step.woken) continue;
      NoteHolds(slot, step, at, buffer_.state(i));
      last_step_[Index(slot)] = at;
      state_.assign(buffer_.state(i), buffer_.state(i) + packed_.words);
      numbers_->Follow(state_.data());
      return "";
    }
    return NameOf(step.runner) + " cannot do operation " + std::to_string(step.op) + " like this now";
  }

  void NoteHolds(int slot, const ProgramStep& step, std::int64_t at, const Word* next) {
    const PackedAction& action = transitions_->ActionOf(state_.data(), slot);
    auto& mine = holds_[Index(slot)];
    const auto latest = [&] {
      return std::find_if(mine.rbegin(), mine.rend(),
                          [&](const RunnerState::Hold& hold) { return hold.lock == action.op->lock; });
    };
    switch (action.op->code) {
      case Code::kTake:
      case Code::kWait:
        if (step.result == StepResult::kDone) {
          const Mode mode = transitions_->WantedMode(state_.data(), slot, action);
          mine.push_back({action.op->lock, mode, action.at, at});
        } else if (action.op->code == Code::kWait && step.result == StepResult::kAnnounced &&
                   !transitions_->WantsLock(state_.data(), slot, action)) {
          if (latest() != mine.rend()) mine.erase(std::next(latest()).base());
        }
        break;
      case Code::kUnlock: {
        const Field levels = transitions_->UseOf(slot, action).levels;
        if (Get(state_.data(), levels) != Get(next, levels)) mine.erase(std::next(latest()).base());
        break;
      }
      case Code::kDowngrade: {
        const auto exclusive = std::find_if(mine.rbegin(), mine.rend(), [&](const RunnerState::Hold& hold) {
          return hold.lock == action.op->lock && hold.mode == Mode::kExclusive;
        });
        if (exclusive != mine.rend()) exclusive->mode = Mode::kShared;
        break;
      }
      case Code::kInit:
      case Code::kDestroy:
        for (auto& holds : holds_) {
          std::erase_if(holds, [&](const RunnerState::Hold& hold) { return hold.lock == action.op->lock; });
        }
        break;
      default: break;
    }
  }

  // --- Where they stand ---------------------------------------------------------------------------

  void Describe(ReplayResult& result) {
    for (int i = 0; i < numbers_->count(); ++i) result.runners.push_back(StateOf(numbers_->SlotOf(i)));
    for (std::size_t i = 0; i < packed_.program.variables.size(); ++i) {
      result.variables.push_back(transitions_->ValueOf(state_.data(), static_cast<int>(i)));
    }
  }

  RunnerState StateOf(int slot) {
    const Word* state = state_.data();
    const PackedAction& action = transitions_->ActionOf(state, slot);
    RunnerState result;
    result.name = numbers_->NameOf(slot);
    result.op = action.at;
    result.last_step = last_step_[Index(slot)];
    result.holds = holds_[Index(slot)];
    result.ended = action.op->code == Code::kEnd;
    if (result.ended) return result;
    buffer_.Clear();
    transitions_->Of(state, slot, buffer_);
    result.waits = buffer_.size() == 0;
    result.asleep = transitions_->IsAsleep(state, slot, action);
    result.announced = IsAnnounced(slot, action);
    if (result.waits) AddWhom(slot, action, result);
    return result;
  }

  bool IsAnnounced(int slot, const PackedAction& action) const {
    if (action.use < 0) return false;
    const LockUse& use = transitions_->UseOf(slot, action);
    if (action.op->code == Code::kSync) return use.syncing.AnyOf(state_.data());
    return Get(state_.data(), use.announced) != 0;
  }

  void Add(int slot, bool queued, RunnerState& result) const {
    const int number = numbers_->NumberOf(slot);
    if (number < 0) return;
    result.waits_for.push_back(number);
    result.queued.push_back(queued);
  }

  void AddWhom(int slot, const PackedAction& action, RunnerState& result) const {
    if (transitions_->WantsLock(state_.data(), slot, action)) return AddBlockers(slot, action, result);
    if (action.op->code == Code::kSync) return AddSections(slot, action, result);
    for (int i = 0; i < numbers_->count(); ++i) {
      const int other = numbers_->SlotOf(i);
      if (other != slot && MayGive(other, *action.op)) Add(other, false, result);
      if (other == slot && action.op->code == Code::kJoin && packed_.slots[Index(slot)].thread == action.op->number) {
        Add(other, false, result);
      }
    }
  }

  void AddBlockers(int slot, const PackedAction& action, RunnerState& result) const {
    const LockUse& mine = transitions_->UseOf(slot, action);
    const BlockingRules& rules = *packed_.locks[Index(mine.lock)].rules;
    const Mode wanted = transitions_->WantedMode(state_.data(), slot, action);
    for (int i = 0; i < numbers_->count(); ++i) {
      const int other = numbers_->SlotOf(i);
      const auto& holds = holds_[Index(other)];
      const bool excludes = std::any_of(holds.begin(), holds.end(), [&](const RunnerState::Hold& hold) {
        return hold.lock == mine.lock && Excludes(rules, hold.mode, other == slot, wanted);
      });
      if (excludes) Add(other, false, result);
    }
    if (!WaitsBehindWriters(rules, wanted)) return;
    for (int i = 0; i < numbers_->count(); ++i) {
      const int other = numbers_->SlotOf(i);
      if (other == slot) continue;
      for (const LockUse& use : packed_.slots[Index(other)].uses) {
        if (use.lock == mine.lock && Get(state_.data(), use.announced) != 0) Add(other, true, result);
      }
    }
  }

  void AddSections(int slot, const PackedAction& action, RunnerState& result) const {
    const LockUse& mine = transitions_->UseOf(slot, action);
    for (int i = 0; i < numbers_->count(); ++i) {
      const int other = numbers_->SlotOf(i);
      for (const LockUse& use : packed_.slots[Index(other)].uses) {
        if (use.lock != mine.lock) continue;
        for (const auto& [levels, waits] : mine.sync) {
          if (levels == use.levels && Get(state_.data(), waits) != 0) Add(other, false, result);
        }
      }
    }
  }

  // Whether `other` could give what is waited for, if it went on.
  bool MayGive(int other, const Op& wanted) const {
    const PackedSlot& giver = packed_.slots[Index(other)];
    const PackedAction& action = transitions_->ActionOf(state_.data(), other);
    if (action.op->code == Code::kEnd) return false;
    if (wanted.code == Code::kJoin && giver.thread == wanted.number) return true;
    const std::vector<Op>& ops = packed_.program.threads[Index(giver.thread)].ops;
    const std::vector<bool> reached = ReachableOps(ops, action.at);
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (reached[i] && Gives(ops[i], wanted)) return true;
    }
    return false;
  }

  bool Gives(const Op& op, const Op& wanted) const {
    switch (wanted.code) {
      case Code::kWait: return (op.code == Code::kSignal || op.code == Code::kBroadcast) && op.number == wanted.number;
      case Code::kWaitFor:
        return (op.code == Code::kComplete || op.code == Code::kCompleteAll) && op.number == wanted.number;
      case Code::kAwait:
        return op.code == Code::kAssign &&
               (op.number == wanted.condition.variable || op.number == wanted.condition.right.variable);
      case Code::kJoin: {
        // Only where none was started yet can a start help.
        const auto& slots = packed_.slots_of_thread[Index(wanted.number)];
        const bool started = !slots.empty() && numbers_->NumberOf(slots.front()) >= 0;
        return !started && op.code == Code::kSpawn && op.number == wanted.number;
      }
      default: return false;
    }
  }

  const PackedProgram packed_;
  StepBuffer buffer_;
  std::optional<Transitions> transitions_;
  std::optional<RunnerNumbers> numbers_;
  std::vector<Word> state_;
  std::vector<std::vector<RunnerState::Hold>> holds_;  // by slot
  std::vector<std::int64_t> last_step_;
};

}  // namespace

ReplayResult Replay(const LockProgram& program, const ProgramSchedule& schedule) {
  return Replayer(program).Run(schedule);
}

}  // namespace lockdep
