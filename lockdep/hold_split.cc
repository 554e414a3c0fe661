#include "lockdep/hold_split.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// Where a thread is: before an operation of the original, with these holds, and with unlocks to be left
// out because a try did not get the lock.
struct Node {
  int op = 0;
  std::vector<SplitHold> holds;
  std::vector<int> not_got;  // locks, sorted
  friend auto operator<=>(const Node&, const Node&) = default;
};

// What the operation at a node becomes, and where it leads.
struct Step {
  std::optional<Op> op;  // none: nothing happens
  std::optional<Node> next;
  std::optional<Node> target;
};

void Drop(std::vector<SplitHold>& holds, int lock) {
  for (std::size_t i = holds.size(); i > 0; --i) {
    if (holds[i - 1].lock != lock) continue;
    holds.erase(holds.begin() + static_cast<std::ptrdiff_t>(i - 1));
    return;
  }
}

bool Contains(const std::vector<SplitHold>& holds, int lock) {
  return std::any_of(holds.begin(), holds.end(), [lock](const SplitHold& hold) { return hold.lock == lock; });
}

class Splitter {
 public:
  Splitter(const LockProgram& program, const std::vector<bool>& absent) : absent_(absent) {
    result_.program = program;
    waiting_lock_ = static_cast<int>(program.locks.size());
    result_.program.locks.push_back({"of a wait", LockType::kMutex});
  }

  SplitProgram Run() {
    for (LockProgram::Thread& thread : result_.program.threads) {
      original_ = std::exchange(thread.ops, {});
      out_ = &thread.ops;
      places_ = &result_.places.emplace_back();
      Emit();
      if (result_.gave_up) break;
    }
    return std::move(result_);
  }

 private:
  bool Absent(int lock) const { return Index(lock) < absent_.size() && absent_[Index(lock)]; }

  void Emit() {
    number_.clear();
    targets_.clear();
    std::vector<Node> work{Node{}};
    while (!work.empty() && !result_.gave_up) {
      const Node node = std::move(work.back());
      work.pop_back();
      if (!number_.contains(node)) EmitFrom(node, work);
    }
    if (result_.gave_up) return;
    if (out_->empty() || out_->back().code != Code::kEnd) Append(Op{}, Node{});
    for (const auto& [at, node] : targets_) (*out_)[at].target = number_.at(node);
  }

  // One operation after the other until an end, or until an operation that is already there.
  void EmitFrom(Node node, std::vector<Node>& work) {
    while (true) {
      const auto [known, is_new] = number_.try_emplace(node, static_cast<int>(out_->size()));
      if (!is_new) {
        Op jump;
        jump.code = Code::kJump;
        jump.target = known->second;
        Append(jump, node);
        return;
      }
      const bool many_holds = node.holds.size() + node.not_got.size() > SplitProgram::kHoldsMax;
      if (out_->size() > SplitProgram::kOpsMax || many_holds) {
        result_.gave_up = true;
        return;
      }
      Step step = StepFrom(node);
      if (step.target) {
        targets_.emplace_back(out_->size(), *step.target);
        work.push_back(*std::move(step.target));
      }
      if (step.op) Append(*step.op, node);
      if (!step.next) return;
      node = *std::move(step.next);
    }
  }

  void Append(const Op& op, const Node& node) {
    if (op.code == Code::kWait && Absent(op.lock)) {
      AppendWaitWithoutLock(op, node);
      return;
    }
    out_->push_back(op);
    places_->push_back({node.op, node.holds});
  }

  // The sleep needs some lock; this one is held by nobody who waits for anything else.
  void AppendWaitWithoutLock(const Op& op, const Node& node) {
    std::vector<SplitHold> holds = node.holds;
    Drop(holds, op.lock);
    Op part = op;
    part.lock = waiting_lock_;
    for (const Code code : {Code::kTake, Code::kWait, Code::kUnlock}) {
      part.code = code;
      out_->push_back(part);
      places_->push_back({node.op, holds});
    }
  }

  Step StepFrom(const Node& node) const {
    const Op& op = original_[Index(node.op)];
    Step step{op, node, std::nullopt};
    ++step.next->op;
    switch (op.code) {
      case Code::kTake: return Take(node, op, std::move(step));
      case Code::kUnlock:
        if (const auto skip = std::find(node.not_got.begin(), node.not_got.end(), op.lock);
            skip != node.not_got.end()) {
          step.op.reset();
          step.next->not_got.erase(step.next->not_got.begin() + (skip - node.not_got.begin()));
          return step;
        }
        if (!Contains(node.holds, op.lock)) step.op.reset();
        Drop(step.next->holds, op.lock);
        if (!Contains(step.next->holds, op.lock)) std::erase(step.next->not_got, op.lock);
        break;
      case Code::kDowngrade:
        for (SplitHold& hold : step.next->holds) {
          if (hold.lock != op.lock || hold.mode != Mode::kExclusive) continue;
          hold.mode = Mode::kShared;
          break;
        }
        break;
      case Code::kInit:
      case Code::kDestroy:
        std::erase_if(step.next->holds, [&](const SplitHold& hold) { return hold.lock == op.lock; });
        std::erase(step.next->not_got, op.lock);
        break;
      case Code::kWait: return Wait(node, op, std::move(step));
      case Code::kJump:
        step.op.reset();
        step.next->op = op.target;
        return step;
      case Code::kJumpUnless:
      case Code::kChoose:
      case Code::kCountStart:
      case Code::kCountNext:
        step.target = node;
        step.target->op = op.target;
        return step;
      case Code::kEnd: step.next.reset(); return step;
      case Code::kSync:
      case Code::kAssert:
      case Code::kAssign:
      case Code::kAwait:
      case Code::kSignal:
      case Code::kBroadcast:
      case Code::kWaitFor:
      case Code::kComplete:
      case Code::kCompleteAll:
      case Code::kSpawn:
      case Code::kJoin:
      case Code::kYield: break;
    }
    if (op.lock != LockProgram::kNone && Absent(op.lock)) step.op.reset();
    return step;
  }

  Step Take(const Node& node, const Op& op, Step step) const {
    step.next->holds.push_back({op.lock, op.mode, node.op});
    // Who has the lock means it by the next unlock.
    std::erase(step.next->not_got, op.lock);
    const bool absent = Absent(op.lock);
    const bool may_fail = op.kind != Kind::kBlocking && (!absent || op.free_choice);
    if (absent) {
      step.op.reset();
      if (may_fail) {
        step.op.emplace();
        step.op->code = Code::kChoose;
        step.op->source = op.source;
      }
    }
    if (!may_fail) return step;
    step.target = node;
    if (op.target != LockProgram::kNone) {
      step.target->op = op.target;
    } else {
      ++step.target->op;
      // Where it does not hold the lock, an unlock does nothing anyway.
      if (!Contains(node.holds, op.lock)) return step;
      auto& not_got = step.target->not_got;
      not_got.insert(std::upper_bound(not_got.begin(), not_got.end(), op.lock), op.lock);
    }
    return step;
  }

  // It takes the lock again, so that becomes its latest hold.
  Step Wait(const Node& node, const Op& op, Step step) const {
    std::erase(step.next->not_got, op.lock);
    auto& holds = step.next->holds;
    for (std::size_t i = holds.size(); i > 0; --i) {
      if (holds[i - 1].lock != op.lock) continue;
      SplitHold again = holds[i - 1];
      again.op = node.op;
      holds.erase(holds.begin() + static_cast<std::ptrdiff_t>(i - 1));
      holds.push_back(again);
      break;
    }
    return step;
  }

  const std::vector<bool>& absent_;
  SplitProgram result_;
  int waiting_lock_ = 0;

  // Of the thread under way.
  std::vector<Op> original_;
  std::vector<Op>* out_ = nullptr;
  std::vector<SplitProgram::Place>* places_ = nullptr;
  std::map<Node, int> number_;
  std::vector<std::pair<std::size_t, Node>> targets_;
};

}  // namespace

SplitProgram SplitByHolds(const LockProgram& program, const std::vector<bool>& absent) {
  return Splitter(program, absent).Run();
}

}  // namespace lockdep
